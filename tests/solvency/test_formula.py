"""The reserve formulas against numbers worked out by hand; the working stands beside each."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from por.reserves.declared import Incident, Volume
from por.solvency.formula import Formula, Inputs, PlusIncidents, ShareOfCustody, Tiers, VolumeCoefficient
from por.solvency.pack import shipped

TRILLION = 10**12


def japan_formula() -> Formula:
    formula = shipped("japan").formula("2026-11-21")
    assert formula is not None
    return formula


def inputs(
    *spot: int,
    last: int = 2026,
    custody: Fraction | None = None,
    incidents: tuple[Incident, ...] = (),
    by: tuple[dict[str, int], ...] = (),
) -> Inputs:
    rows = by or tuple({"spot": value} for value in spot)
    volumes = tuple(Volume(year=last - len(rows) + 1 + index, by=row) for index, row in enumerate(rows))
    return Inputs(volumes=volumes, incidents=incidents, custody=custody, day="2026-11-21", year=2026)


def test_three_years_of_spot_trade() -> None:
    # Coefficient 0.2 per 10,000, so 1 trillion yen traded gives 0.2 x 10^12 / 10^4 = 20 million.
    # 2024: 1 tn. (1) 20m; (2) 4 x 20m - 0 = 80m.                             Add 20m, total 20m.
    # 2025: 3 tn. (1) 60m; (2) 4 x 60m (highest: 2025's 3 tn) - 20m = 220m.   Add 60m, total 80m.
    # 2026: 2 tn. (1) 40m; (2) 4 x 60m (highest still 3 tn) - 80m = 160m.     Add 40m, total 120m.
    found = japan_formula().required(inputs(TRILLION, 3 * TRILLION, 2 * TRILLION))
    assert found.yen == 120_000_000
    assert [step for step in found.steps if step.startswith("2025")] == [
        "2025: spot 3000000000000 yen traded; (1) coefficients x trading value = 60000000 yen; "
        "(2) 4 x coefficients x highest of 2024 to 2025 = "
        "240000000 yen, less 20000000 so far; the lower, 60000000 yen, is added"
    ]


def test_the_ceiling_stops_the_growth() -> None:
    # Each year at 1 tn adds 20m until (2) binds: 4 x 20m = 80m is the most.
    # 2022: 20m. 2023: 40m. 2024: 60m.
    # 2025 at 0.9 tn: (1) 18m; (2) 80m - 60m = 20m (highest: 2024's 1 tn). Add 18m: 78m.
    # 2026 at 0.9 tn: (1) 18m; (2) 80m - 78m = 2m (highest of 2024 to 2026: 1 tn). Add 2m: 80m.
    most = TRILLION
    found = japan_formula().required(inputs(most, most, most, 9 * most // 10, 9 * most // 10))
    assert found.yen == 80_000_000


def test_nothing_is_added_when_the_ceiling_falls_below_the_reserve() -> None:
    # 2023: 5 tn: (1) 100m, (2) 400m: 100m. 2024: 1 tn: +20m = 120m.
    # 2025: 1 tn: (1) 20m; (2) highest still 5 tn: 400m - 120m = 280m. Add 20m: 140m.
    # 2026: 0.5 tn: (1) 10m; (2) highest of 2024 to 2026 is 1 tn: 80m - 140m = -60m. Less than nothing: add nothing.
    found = japan_formula().required(inputs(5 * TRILLION, TRILLION, TRILLION, TRILLION // 2))
    assert found.yen == 140_000_000


def test_the_highest_is_taken_for_each_kind_of_trade() -> None:
    # Currency futures: 0.0096 per 10,000, so 10 tn give 9.6m; spot as above.
    # 2024: spot 1 tn, futures 10 tn: (1) 20m + 9.6m = 29.6m; (2) 118.4m.                        Total 29.6m.
    # 2025: spot 2 tn, futures 0:     (1) 40m; (2) 4 x (40m + 9.6m) - 29.6m = 168.8m.             Total 69.6m.
    # 2026: spot 0, futures 5 tn:     (1) 4.8m; (2) 4 x (40m + 9.6m) - 69.6m = 128.8m.            Total 74.4m.
    found = japan_formula().required(
        inputs(
            by=(
                {"spot": TRILLION, "currency-futures": 10 * TRILLION},
                {"spot": 2 * TRILLION},
                {"currency-futures": 5 * TRILLION},
            )
        )
    )
    assert found.yen == 74_400_000


def test_fractions_of_a_yen_are_kept_and_shown_rounded_up() -> None:
    # 12,345,678,901 x 0.2 / 10,000 = 246,913.57802; three years of it, 740,740.73406.
    found = japan_formula().required(inputs(12_345_678_901, 12_345_678_901, 12_345_678_901))
    assert found.yen == Fraction("740740.73406")
    assert found.steps[-1] == "required: 740741 yen"


def test_every_coefficient_of_securities_firms() -> None:
    # Art. 175, per 10,000: each kind at 10^10 yen gives coefficient x 10^6 yen.
    part = japan_formula().parts[0]
    assert isinstance(part, VolumeCoefficient)
    wanted = {
        "stocks": 200_000,
        "stock-index-futures": 6_000,
        "stock-options-premium": 300_000,
        "bond-futures": 1_600,
        "bond-options-premium": 300_000,
        "currency-futures": 9_600,
        "commodity-futures": 10_000,
        "commodity-options-premium": 100_000,
    }
    for kind, yen in wanted.items():
        found = part.required(inputs(by=({kind: 0}, {kind: 0}, {kind: 10**10})))
        assert found.yen == yen, kind


def test_a_broker_of_five_years_worked_out_by_hand() -> None:
    """FIEA 46-5 and Art. 175 of the ordinance, every step on paper: four kinds of trade, a ceiling that binds, a loss.

    Trading value in bn yen; coefficients per 10,000: stocks 0.2, index futures 0.006, option premium 0.3, bond
    futures 0.0016. So a bn yen gives, in thousand yen: stocks 20, index futures 0.6, premium 30, bond futures 0.16.

    year   stocks  index f.  premium  bond f.   (1) sum of coefficient x value, in thousand yen
    2022   50,000    20,000      100   10,000   1,000,000 + 12,000 +  3,000 + 1,600 = 1,016,600
    2023   10,000    30,000       50   40,000     200,000 + 18,000 +  1,500 + 6,400 =   225,900
    2024    8,000    10,000      400        0     160,000 +  6,000 + 12,000 +     0 =   178,000
    2025    5,000     5,000       10    5,000     100,000 +  3,000 +    300 +   800 =   104,100
    2026    6,000     8,000       20    2,000     120,000 +  4,800 +    600 +   320 =   125,720

    (2) 4 x sum of coefficient x highest of the year and the two before, kind by kind, less the reserve so far:
    2022   4 x 1,016,600                                              = 4,066,400 - 0         -> add 1,016,600
           reserve 1,016,600
    2023   4 x (1,000,000 + 18,000 +  3,000 + 6,400 = 1,027,400)      = 4,109,600 - 1,016,600 -> add   225,900
           reserve 1,242,500; of it 300,000 are used in March 2024 (business year 2023) to make a loss good: 942,500
    2024   4 x (1,000,000 + 18,000 + 12,000 + 6,400 = 1,036,400)      = 4,145,600 -   942,500 -> add   178,000
           reserve 1,120,500
    2025   4 x (  200,000 + 18,000 + 12,000 + 6,400 =   236,400)      =   945,600 - 1,120,500 = -174,900 -> add nothing
           reserve 1,120,500
    2026   4 x (  160,000 +  6,000 + 12,000 +   800 =   178,800)      =   715,200 - 1,120,500 = -405,300 -> add nothing
           reserve 1,120,500 thousand yen
    """
    bn = 10**9
    rows = tuple(
        {
            "stocks": stocks * bn,
            "stock-index-futures": index * bn,
            "stock-options-premium": premium * bn,
            "bond-futures": bonds * bn,
        }
        for stocks, index, premium, bonds in (
            (50_000, 20_000, 100, 10_000),
            (10_000, 30_000, 50, 40_000),
            (8_000, 10_000, 400, 0),
            (5_000, 5_000, 10, 5_000),
            (6_000, 8_000, 20, 2_000),
        )
    )
    given = replace(inputs(by=rows), uses={2023: 300_000_000})
    found = japan_formula().required(given)
    assert found.yen == 1_120_500_000
    assert "2023: 300000000 yen were used to make good losses; 942500000 are left" in found.steps
    added = [step.rpartition("the lower, ")[2].split()[0] for step in found.steps if "the lower" in step]
    assert added == ["1016600000", "225900000", "178000000", "0", "0"]
    # Without the loss the reserve would be 1,420.5 million; a use of more than there is leaves nothing, not less.
    assert japan_formula().required(inputs(by=rows)).yen == 1_420_500_000
    emptied = japan_formula().required(replace(given, uses={2024: 10**12}))
    # After 2024 nothing is left. 2025: (1) 104,100, (2) 945,600 - 0; 2026: (1) 125,720, (2) 715,200 - 104,100.
    assert emptied.yen == 229_820_000


def test_uses_count_in_their_business_year_and_up_to_the_day() -> None:
    from por.reserves.declared import Declared, DeclaredReserve, Incident, Use
    from por.solvency.reserve import measure

    rows = tuple(Volume(year=year, by={"spot": TRILLION}) for year in (2024, 2025, 2026))
    theft = (Incident(at="2025-03-31", loss=15_000_000),)

    def required(at: str) -> Fraction | None:
        reserve = DeclaredReserve(
            volumes=rows, uses=(Use(at=at, amount=15_000_000, reason="a theft"),), incidents=theft
        )
        found = measure(
            shipped("japan"), day="2026-11-21", declared=Declared(reserve=reserve), holdings=(), custody=Fraction(0)
        )
        return None if found is None else found.required.yen

    # 20 million a year are added. 31 March 2025 still belongs to the business year 2024, 1 April to 2025.
    for at in ("2025-03-31", "2025-04-01", "2026-11-21"):
        assert required(at) == 45_000_000, at
    assert required("2026-11-22") == required("2023-03-01") == 60_000_000


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (inputs(), "no trading values are declared"),
        (inputs(1, 1), "of 3 years are needed"),
        (inputs(1, 1, 1, last=2024), "that of 2025 is missing"),
        (inputs(1, 1, 1, last=2027), "begins after 2026-11-21"),
        (inputs(by=({"spot": 1}, {"spot": 1}, {"tulips": 1})), "no coefficient for trade of the kind tulips"),
    ],
)
def test_a_missing_figure_is_no_amount_and_a_sentence(given: Inputs, sentence: str) -> None:
    found = japan_formula().required(given)
    assert found.yen is None
    assert sentence in found.problem


def test_a_year_left_out_in_between_is_seen() -> None:
    volumes = tuple(Volume(year=year, by={"spot": 1}) for year in (2023, 2024, 2026))
    found = japan_formula().required(Inputs(volumes=volumes, incidents=(), custody=None, day="2026-11-21", year=2026))
    assert found.yen is None
    assert "a year in between" in found.problem


def formula(*parts: object, floor: int = 0, cap: int | None = None) -> Formula:
    return Formula(
        id="test",
        reference="none",
        insurance_share=Fraction(1, 2),
        parts=parts,  # type: ignore[arg-type]
        floor=Fraction(floor),
        cap=None if cap is None else Fraction(cap),
    )


def test_share_of_custody() -> None:
    part = ShareOfCustody(share=Fraction("0.002"))
    # 0.2 % of 5 tn = 10bn
    assert formula(part).required(inputs(custody=Fraction(5 * TRILLION))).yen == 10**10
    assert formula(part).required(inputs(custody=None)).yen is None


def test_tiers_are_slices() -> None:
    # 0.1 % of the first 100, 0.05 % of what lies above: of 250 that is 0.1 + 0.075 = 0.175 (in units of 1,000 yen).
    part = Tiers(input="custody", tiers=((Fraction(0), Fraction("0.001")), (Fraction(100_000), Fraction("0.0005"))))
    assert formula(part).required(inputs(custody=Fraction(250_000))).yen == 175
    assert formula(part).required(inputs(custody=Fraction(60_000))).yen == 60


def test_tiers_over_the_last_years_volume() -> None:
    part = Tiers(input="volume", tiers=((Fraction(0), Fraction("0.1")),))
    assert formula(part).required(inputs(1000, 2000, 500)).yen == 50
    assert formula(part).required(inputs()).yen is None


def test_past_incidents_inside_the_window_only() -> None:
    losses = (
        Incident(at="2016-11-21", loss=7),  # ten years before to the day: outside
        Incident(at="2018-01-26", loss=58_000),
        Incident(at="2024-05-31", loss=48_200),
        Incident(at="2026-11-22", loss=9),  # after as_of
    )
    both = PlusIncidents(years=10, share=Fraction("0.5"), of="sum")
    largest = PlusIncidents(years=10, share=Fraction("0.5"), of="largest")
    assert formula(both).required(inputs(incidents=losses)).yen == 53_100
    assert formula(largest).required(inputs(incidents=losses)).yen == 29_000
    assert formula(both).required(inputs()).yen == 0


def test_floor_cap_and_the_sum_of_parts() -> None:
    part = ShareOfCustody(share=Fraction("0.01"))
    given = inputs(custody=Fraction(1000))
    assert formula(part, part).required(given).yen == 20
    assert formula(part, floor=50).required(given).yen == 50
    assert formula(part, cap=3).required(given).yen == 3


def test_uses_lower_the_requirement_no_further_than_losses_go() -> None:
    from por.reserves.declared import Declared, DeclaredReserve, Incident, Use
    from por.solvency.reserve import measure

    rows = tuple(Volume(year=year, by={"spot": TRILLION}) for year in (2024, 2025, 2026))

    def required(loss: int, *uses: int, lost: str = "2026-05-01") -> tuple[int, str]:
        reserve = DeclaredReserve(
            volumes=rows,
            uses=tuple(Use(at="2026-06-01", amount=amount, reason="a theft") for amount in uses),
            incidents=(Incident(at=lost, loss=loss),),
        )
        found = measure(
            shipped("japan"), day="2026-11-21", declared=Declared(reserve=reserve), holdings=(), custody=Fraction(0)
        )
        assert found is not None and found.required.yen is not None
        return int(found.required.yen), "; ".join(found.gaps)

    assert required(10_000_000, 10_000_000) == (50_000_000, "")
    for uses in ((60_000_000,), (10_000_000, 50_000_000), (50_000_000, 10_000_000)):
        yen, gaps = required(10_000_000, *uses)
        assert yen == 50_000_000 and "more than the losses declared" in gaps
    assert required(10_000_000, 10_000_000, lost="2026-06-02")[0] == 60_000_000
