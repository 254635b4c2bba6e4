"""Tables: sorted by the address, with what is not there at the end."""

import pytest

from reports.tables import Column, Row, Table, arranged, hidden_box, name_box, number_box

TABLE = Table(
    "Units",
    [Column("name", "Unit", numeric=False), Column("B1", "B1")],
    [
        Row([name_box("beta"), number_box("9.0", 9.0)]),
        Row([name_box("Alpha"), hidden_box("–")]),
        Row([name_box("Gamma"), number_box("10.0", 10.0)]),
    ],
    anchor="units-title",
)


def names(table: Table) -> list[str]:
    return [row.cells[0].text for row in table.rows]


@pytest.mark.parametrize(
    ("word", "order"),
    [
        ("", ["beta", "Alpha", "Gamma"]),
        ("name", ["Alpha", "beta", "Gamma"]),
        ("-name", ["Gamma", "beta", "Alpha"]),
        ("B1", ["beta", "Gamma", "Alpha"]),
        ("-B1", ["Gamma", "beta", "Alpha"]),
        ("unknown", ["beta", "Alpha", "Gamma"]),
    ],
)
def test_rows_are_sorted_by_the_address_and_hidden_ones_stand_last(word, order):
    assert names(arranged(TABLE, {"sort": word})) == order


def test_a_column_links_to_the_page_sorted_by_it_and_keeps_the_rest_of_the_address():
    columns = arranged(TABLE, {"cycle": "demo-1"}).columns

    assert columns[0].sort_url == "?cycle=demo-1&sort=name#units-title"
    assert columns[1].sort_url == "?cycle=demo-1&sort=-B1#units-title"


def test_a_sorted_column_says_so_and_links_to_the_other_order():
    column = arranged(TABLE, {"sort": "-B1"}).columns[1]

    assert (column.sorted, column.sort_url) == ("descending", "?sort=B1#units-title")


def test_a_table_that_was_asked_for_sorted_starts_open():
    assert arranged(TABLE, {"sort": "B1"}).open
    assert not arranged(TABLE, {}).open
