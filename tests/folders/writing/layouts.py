"""Sidecars as the programs lay them out, written by hand after their documentation and the XMP specification.

`{texts}` stands where a program writes the texts that a person typed; without them it writes nothing there.
"""

DIGIKAM = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
   digiKam:PickLabel="0"
   digiKam:ColorLabel="3"
   xmp:CreatorTool="digiKam-8.4.0"
   xmp:Rating="4"
   tiff:Orientation="6">
   <digiKam:TagsList>
    <rdf:Seq>
     <rdf:li>Places/Korea/서울</rdf:li>
     <rdf:li>People/Grandma &amp; me</rdf:li>
    </rdf:Seq>
   </digiKam:TagsList>{texts}
   <dc:subject>
    <rdf:Bag>
     <rdf:li>서울</rdf:li>
    </rdf:Bag>
   </dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""

LIGHTROOM = """<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000 1.000000, 0000/00/00-00:00:00     ">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   xmp:Rating="5"
   crs:Version="16.4"
   crs:Exposure2012="+0.35"
   crs:Name="a > b; captioner:Caption=&quot;no&quot;"
   crs:HasSettings="True">{texts}
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>trips|Jeju</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <crs:ToneCurvePV2012>
    <rdf:Seq>
     <rdf:li>0, 0</rdf:li>
     <rdf:li>255, 255</rdf:li>
    </rdf:Seq>
   </crs:ToneCurvePV2012>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""

DARKTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:darktable="http://darktable.sf.net/"
   exif:DateTimeOriginal="2024:05:01 10:11:12.000"
   xmp:Rating="1"
   xmpMM:DerivedFrom="DSC_0001.NEF"
   darktable:xmp_version="5"
   darktable:raw_params="0"
   darktable:auto_presets_applied="1"
   darktable:history_end="1"
   darktable:iop_order_version="4">{texts}
   <darktable:masks_history>
    <rdf:Seq/>
   </darktable:masks_history>
   <darktable:history>
    <rdf:Seq>
     <rdf:li
      darktable:num="0"
      darktable:operation="exposure"
      darktable:enabled="1"
      darktable:modversion="7"
      darktable:params="gz02eJxjYGBgkGAAgRNODESDBnsIHll8ANNSGQM="
      darktable:multi_name=""/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""

PROGRAMS = {"digikam": DIGIKAM, "lightroom": LIGHTROOM, "darktable": DARKTABLE}


def without_texts(program: str) -> bytes:
    """Nobody has typed anything."""
    return PROGRAMS[program].replace("{texts}", "").encode()


def described(program: str, text: str = "Grandma at home", *, language: str = "x-default") -> bytes:
    """A person has typed a description."""
    items = f'\n     <rdf:li xml:lang="{language}">{text}</rdf:li>'
    property_ = f"\n   <dc:description>\n    <rdf:Alt>{items}\n    </rdf:Alt>\n   </dc:description>"
    return PROGRAMS[program].replace("{texts}", property_).encode()
