"""The sample, as it stands."""

from __future__ import annotations

import subprocess
import sys
import unittest

from support import PATIENCE, SAMPLE, Case, child_environment


class SampleTests(Case):
    def test_sample(self):
        command = [sys.executable, "-W", "error", SAMPLE]
        result = subprocess.run(command, env=child_environment(), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"^test accuracy 0\.9\d+ after 30 epochs, on \w+\n$")


if __name__ == "__main__":
    unittest.main()
