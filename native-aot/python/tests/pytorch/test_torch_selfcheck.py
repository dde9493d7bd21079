"""Tests of the part of ``python -m fastadam`` that needs PyTorch."""

from __future__ import annotations

import unittest
from unittest import mock

import fastadam.torch
import torch
from fastadam._selfcheck import about, checks


class SelfCheckTests(unittest.TestCase):
    def test_holds(self):
        self.assertIsNone(checks.torch_check(0).run())

    def test_finds_another_optimizer(self):
        with mock.patch.object(fastadam.torch, "AdamW", torch.optim.Adam):
            found = checks.torch_check(0).run()
        self.assertRegex(found.expected, r"^step 1, parameters, element \d+: ")

    def test_version(self):
        self.assertEqual(about.torch_version().partition("+")[0], torch.__version__.partition("+")[0])


if __name__ == "__main__":
    unittest.main()
