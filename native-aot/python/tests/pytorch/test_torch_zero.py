"""Tests of fastadam.torch: several processes, with the sample of ZeroRedundancyOptimizer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import unittest

from support import PATIENCE, SAMPLE, child_environment
from torch_support import TorchCase, torch


def free_port():
    """One that is free right now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class ZeroTests(TorchCase):
    def test_two_processes(self):
        if not (torch.distributed.is_available() and torch.distributed.is_gloo_available()):
            self.skipTest(f"PyTorch {torch.__version__} was built without gloo.")
        # The launcher of PyTorch 1.13 has no defaults for these with Python 3.11. There is no rank 9.
        command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--redirects=9:1", "--tee=9:1"]
        for _ in range(20):
            done = subprocess.run(
                [*command, f"--master_port={free_port()}", str(SAMPLE.with_name("zero.py")), "--json"],
                env=child_environment(OMP_NUM_THREADS="1", GLOO_SOCKET_IFNAME="lo"), capture_output=True, text=True, timeout=PATIENCE,
            )
            # Another program may have taken the port meanwhile.
            if "address already in use" not in done.stderr.lower():
                break
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["processes"], report["same_on_all"], report["gathered_state_goes_on"]), (2, True, True))
        self.assertLessEqual(report["ulps_from_torch"], 64)
        self.assertAlmostEqual(report["loss"], report["loss_with_torch"], 5)
        # Each keeps a part of it, and what PyTorch's keeps: two arrays and a count for each of the six parameters.
        self.assertEqual(report["state_bytes"], report["state_bytes_with_torch"])
        self.assertEqual(sum(report["state_bytes"]), 2 * 4 * (64 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10) + 6 * 4)
        self.assertLess(max(report["state_bytes"]), 0.6 * sum(report["state_bytes"]))


if __name__ == "__main__":
    unittest.main()
