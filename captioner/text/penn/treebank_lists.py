"""What the Java tokeniser of the COCO evaluation knows by heart: kinds of characters, and abbreviations.

CoreNLP 3.4.1 knows Unicode as it was in 2010 and only its first 65,536 characters. The lists were found by showing it
each of them alone, between letters and between digits, and every string of up to four letters before a point.
"""

# Kinds of characters are written for the inside of a regular expression's brackets.
# Numerals other than digits. Python's \w takes them for letters, Java does not.
NUMERAL = (
    r"\u00b2\u00b3\u00b9\u00bc-\u00be\u09f4-\u09f9\u0b72-\u0b77\u0bf0-\u0bf2\u0c78-\u0c7e\u0d58-\u0d5e\u0d70-\u0d78"
    r"\u0f2a-\u0f33\u1369-\u137c\u16ee-\u16f0\u17f0-\u17f9\u19da\u2070\u2074-\u2079\u2080-\u2089\u2150-\u2182"
    r"\u2185-\u2189\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u2cfd\u3007\u3021-\u3029\u3038-\u303a\u3192-\u3195"
    r"\u3220-\u3229\u3248-\u324f\u3251-\u325f\u3280-\u3289\u32b1-\u32bf\ua6e6-\ua6ef\ua830-\ua835"
)
# Accents, vowel points and the soft hyphen, which go with the letters of a word.
SIGN = (
    r"\u00ad\u02c2-\u02c5\u02d2-\u02df\u02e5-\u02eb\u02ed\u02ef-\u036f\u0375\u0378\u0379\u0384\u0385\u03f6\u0483-\u0487"
    r"\u055a-\u055f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0615-\u061a\u064b-\u065e\u0670\u06d6-\u06e4"
    r"\u06e7-\u06ed\u06fd\u06fe\u070f\u0711\u0730-\u074c\u07a6-\u07b0\u07eb-\u07f3\u0900-\u0903\u093c\u093e-\u094e"
    r"\u0951-\u0955\u0962\u0963\u0981-\u0983\u09bc\u09be-\u09c4\u09c7\u09c8\u09cb-\u09cd\u09d7\u09e2\u09e3\u0a01-\u0a03"
    r"\u0a3c\u0a3e-\u0a4f\u0a81-\u0a83\u0abc\u0abe-\u0acf\u0b82\u0bbe-\u0bc2\u0bc6-\u0bc8\u0bca-\u0bcd\u0c01-\u0c03"
    r"\u0c3e-\u0c56\u0d3e-\u0d44\u0d46-\u0d48\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
)
# Characters that are tokens by themselves.
SYMBOL = (
    r"#$%&*+,./:;<=>@\\^_`|~'\u201a\u201e\u00a1\u00a5-\u00a9\u00ac\u00ae-\u00b4\u00b6-\u00b9\u00bf\u00d7\u00f7\u037e"
    r"\u0387\u0589\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u0600-\u0603\u0606-\u060c\u0614\u061b\u061e\u061f\u066a\u066d"
    r"\u06d4\u0700-\u070d\u07f6-\u07f8\u0964\u0965\u0e3f\u0e4f\u1fbd\u2016\u2017\u201f-\u2023\u2030-\u2038\u203b"
    r"\u203e-\u2042\u2044\u207a-\u207e\u208a-\u208e\u20a4\u2100-\u214f\u2190-\u2bff\u3001\u3002\u3012\u30fb"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0\uffe1\uffe5\uffe6"
)

# Capitals in these must be capitals in the text; small letters may be either.
ABBREVIATIONS = """
    al co ct ga jr ky md mo rd rt sq sr va vt ala apr aug bhd cos dak dec esq est etc ext feb fla fri inc ind jan jul
    jun kan kans ltd mar mon neb nev nov oct plc sep sept seq sys tel thu thurs tue tues wed wis wisc wyo ariz assn bldg
    blvd bros calif colo conn corp intl mich minn mont okla penn tenn univ bancorp ed.d ph.d Az La Pa Ark Del Ill Ore
    Tex Mass Miss Wash
"""
TITLES = """
    cf dr drs ft lt mr ms mt ph st vs wm adj adm adv ave cie col cpl det ens gen gov govs hon jos maj mme mrs pfc pvt
    rep reps rev sen sens sfc sgt spc ste alex asst atty attys brig capt cmdr comdr dept elec insp invt mlle msgr natl
    pres prof profs supt supts assoc lieut messrs treas a.k.a
"""
BEFORE_NUMBERS = "ca fig figs prop no nos art pp op"
STARTS = """
    About According Additionally After An A As At But Earlier He Her Here However If In It Last Many More Mr. Ms. Now
    Once One Other Our She Since So Some Such That The Their Then There These They This We When While What Yet You
"""
FILES = """
    bat bmp c class cgi cpp dll doc docx exe gif gz h htm html jar java jpeg jpg mov mp3 pdf php pl png ppt ps py sql
    tar txt wav x xml zip
"""
