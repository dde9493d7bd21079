"""The sample, as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest

from fastadam import _library
from support import PYTHON, SAMPLE, Case


class SampleTests(Case):
    def test_sample(self):
        path = os.pathsep.join([str(PYTHON), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, "FASTADAM_LIBRARY": _library.path}
        result = subprocess.run(
            [sys.executable, "-W", "error", SAMPLE], env=environment, capture_output=True, text=True, timeout=120
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"^test accuracy 0\.9\d+ after 30 epochs, on \w+\n$")


if __name__ == "__main__":
    unittest.main()
