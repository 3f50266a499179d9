"""Masking: numbers of people go, sums of money stay."""

from __future__ import annotations

import pytest

from helpline.privacy import mask_numbers


@pytest.mark.parametrize("number", ["612 345 678", "612.345.678", "0612 34 56 78", "+212 612-345678", "0612345678"])
def test_a_phone_number_is_masked_however_it_is_grouped(number: str) -> None:
    masked = mask_numbers(f"appelez le {number} svp")
    assert not any(sign.isdigit() for sign in masked)


@pytest.mark.parametrize("sum_of_money", ["2000", "30 000", "1 200 000", "1.200.000", "150000"])
def test_a_sum_of_money_stays(sum_of_money: str) -> None:
    assert sum_of_money in mask_numbers(f"il a pris {sum_of_money} CFA")
