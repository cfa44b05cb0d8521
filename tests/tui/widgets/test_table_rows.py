"""The rows in hand: what is asked for, what is kept, what is drawn meanwhile."""

from tlx.tui.widgets.table_drawing import Row
from tlx.tui.widgets.table_rows import MOST_ROWS, RowsInHand


def rows(numbers: range, mark: str = "") -> list[Row]:
    """Rows of these numbers."""
    return [Row(number, (f"{mark}{number}",)) for number in numbers]


def test_a_screen_and_its_surroundings_are_asked_for_once() -> None:
    """The first question covers two screens around; while it is on its way it is not repeated."""
    hand = RowsInHand()
    assert hand.to_ask(range(100, 110), 1000) == range(80, 130)
    assert hand.to_ask(range(101, 111), 1000) is None


def test_nothing_outside_the_table_is_asked_for() -> None:
    """The question ends at the first and at the last row."""
    assert RowsInHand().to_ask(range(10), 12) == range(12)


def test_only_rows_not_in_hand_are_asked_for() -> None:
    """With rows in hand the question begins or ends where they do."""
    hand = RowsInHand()
    hand.put(80, rows(range(80, 130)), range(100, 110))
    assert hand.to_ask(range(115, 125), 1000) is None
    assert hand.to_ask(range(121, 131), 1000) == range(130, 151)


def test_an_answer_that_brings_nothing_is_taken_until_the_count_changes() -> None:
    """Rows that its owner does not have are not asked for again and again, but when there may be news."""
    hand = RowsInHand()
    hand.to_ask(range(10), 10)
    hand.put(0, [], range(10))
    assert hand.to_ask(range(10), 10) is None
    hand.cut(11)
    assert hand.to_ask(range(10), 11) == range(11)


def test_rows_far_from_the_screen_are_let_go() -> None:
    """However many rows come, only those near the screen are kept."""
    hand = RowsInHand()
    hand.put(0, rows(range(50_000)), range(20_000, 20_040))
    assert hand.fresh(20_000)
    assert hand.fresh(0) is None
    assert len(hand._fresh) <= MOST_ROWS


def test_forgotten_rows_are_drawn_until_fresh_ones_cover_the_screen() -> None:
    """Stale rows are still drawn but no longer fresh; they go all at once when the screen is fresh."""
    hand = RowsInHand()
    hand.put(0, rows(range(20), "old"), range(10))
    hand.forget()
    assert hand.fresh(3) is None
    assert hand.to_draw(3) == Row(3, ("old3",))
    hand.put(0, rows(range(5), "new"), range(10))
    assert hand.to_draw(3) == Row(3, ("new3",))
    assert hand.to_draw(15) == Row(15, ("old15",))
    hand.put(5, rows(range(5, 10), "new"), range(10))
    assert hand.to_draw(15) is None


def test_a_late_answer_never_hides_a_fresh_row() -> None:
    """A late answer is drawn where nothing fresh is, and not at all once the screen is fresh."""
    hand = RowsInHand()
    hand.put(0, rows(range(2), "late"), range(2), late=True)
    assert hand.to_draw(1) == Row(1, ("late1",))
    assert hand.fresh(1) is None
    hand.put(0, rows(range(2), "new"), range(2))
    hand.put(0, rows(range(9), "late"), range(2), late=True)
    assert hand.to_draw(1) == Row(1, ("new1",))
    assert hand.to_draw(8) is None


def test_stale_rows_do_not_pile_up() -> None:
    """Orders that change again and again, each half answered, keep a bounded number of rows."""
    hand = RowsInHand()
    for turn in range(20):
        hand.put(turn * 1000, rows(range(turn * 1000, turn * 1000 + 900)), range(10**6, 10**6 + 9))
        hand.forget()
    assert len(hand._stale) <= 2 * MOST_ROWS


def test_rows_beyond_a_lower_count_are_dropped() -> None:
    """When the table shrinks, rows past its end are in hand no more."""
    hand = RowsInHand()
    hand.put(0, rows(range(10)), range(10))
    hand.cut(4)
    assert hand.fresh(3)
    assert hand.fresh(4) is None
