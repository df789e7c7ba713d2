"""What holds for the tests of commands."""

from tests.cli.host_videos import clip as clip
from tests.cli.host_videos import pair as pair
from tests.cli.host_videos import policy as policy
from tests.cli.running import here as here
from tests.cli.running import run as run
