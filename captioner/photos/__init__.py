"""Photos: names and files come in, whatever they are; upright RGB pictures leave, or one sentence says why not."""

from captioner.photos.clips.address import VIDEO_SUFFIXES as VIDEO_SUFFIXES
from captioner.photos.clips.address import Clip as Clip
from captioner.photos.clips.address import Stretch as Stretch
from captioner.photos.clips.address import file_of as file_of
from captioner.photos.clips.address import stretch as stretch
from captioner.photos.clips.moments import read_moments as read_moments
from captioner.photos.clips.moments import stretches as stretches
from captioner.photos.clips.reading import frame_addresses as frame_addresses
from captioner.photos.clips.reading import read_frames as read_frames
from captioner.photos.clips.video import HAS_VIDEO as HAS_VIDEO
from captioner.photos.containers import bare as bare
from captioner.photos.finding import IMAGE_SUFFIXES as IMAGE_SUFFIXES
from captioner.photos.finding import Found as Found
from captioner.photos.finding import find_below as find_below
from captioner.photos.finding import find_photos as find_photos
from captioner.photos.limits import MAX_PIXELS as MAX_PIXELS
from captioner.photos.picture import Bare as Bare
from captioner.photos.reading import FORMATS as FORMATS
from captioner.photos.reading import photo_facts as photo_facts
from captioner.photos.reading import photo_size as photo_size
from captioner.photos.reading import read_photo as read_photo
from captioner.photos.upright import upright_rgb as upright_rgb
