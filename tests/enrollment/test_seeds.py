"""What the product starts with: the traps of the source are out of it."""

from __future__ import annotations

import seeds


def test_the_list_of_municipalities():
    listed = seeds.municipalities()
    by_code = {one.code: one for one in listed}

    assert len(listed) == len(by_code) == 7_899
    assert [one.code for one in listed] == sorted(by_code)
    assert sum(1 for one in listed if one.population and 5_000 <= one.population <= 150_000) == 2_341
    assert {len(one.province) for one in listed} == {2}
    assert len({one.region for one in listed}) == 20
    assert len({one.cadastral_code for one in listed}) == 7_899
    assert [one.name for one in listed if one.population is None] == ["Misiliscemi", "Montecopiolo", "Sassofeltrio"]
    assert (by_code["001168"].name, by_code["063049"].province) == ("None", "NA")
    assert (by_code["021008"].name, by_code["021008"].name_other) == ("Bolzano", "Bozen")
    assert by_code["031022"].name == "Savogna d'Isonzo-Sovodnje ob Soči"
    assert all(one.name.isprintable() and "?" not in one.name for one in listed)
    assert all(35 < one.latitude < 48 and 6 < one.longitude < 19 for one in listed)


def test_the_outlines_are_light_and_closed():
    regions = seeds.regions()

    assert len(regions) == 20
    assert {region.name for region in regions} == {one.region for one in seeds.municipalities()}
    assert seeds.REGIONS.stat().st_size <= 60_000
    for region in regions:
        for ring in region.polygons:
            assert len(ring) >= 4
            assert ring[0] == ring[-1]


def test_every_topic_speaks_both_languages():
    for programme in seeds.programmes():
        for topic in programme["topics"]:
            assert topic["title_it"] != topic["title_en"]
