"""Where things lie, wherever a test stands in the tree."""

from pathlib import Path

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "data" / "fixtures"
SHARED = ROOT.parent / "shared"
