"""The names of the demonstration: places, organisations and people that do not exist."""

from __future__ import annotations

FIRST_NAMES = (
    *("Abena", "Adaeze", "Aisling", "Alasdair", "Amara", "Anwen", "Arjun", "Asha", "Barnaby", "Beatriz", "Bronwen"),
    *("Callum", "Camille", "Cerys", "Chidi", "Clementine", "Cormac", "Daria", "Dilys", "Dylan", "Edmund", "Eilidh"),
    *("Ekow", "Elspeth", "Emeka", "Farah", "Fergus", "Fiadh", "Florence", "Gethin", "Gwen", "Hamza", "Harriet"),
    *("Hester", "Idris", "Imani", "Ines", "Iona", "Isolde", "Jago", "Jamila", "Jasmin", "Kasia", "Keziah", "Kwame"),
    *("Leela", "Linus", "Lowri", "Magnus", "Marek", "Meera", "Mirren", "Nadia", "Niamh", "Olwen", "Omar", "Oona"),
    *("Padraig", "Perpetua", "Priya", "Rafael", "Rhys", "Rosalind", "Rowan", "Saoirse", "Seren", "Silas", "Sunita"),
    *("Tamsin", "Tendai", "Teodora", "Tobias", "Ursula", "Wilfred", "Yusuf", "Zainab", "Zoë"),
)

LAST_NAMES = (
    *("Applegarth", "Ashgrove", "Barleymow", "Birdwhistle", "Blackthorn", "Bramblewick", "Brightwater", "Clearwell"),
    *(
        "Coldbeck",
        "Copperwheat",
        "Dapplewood",
        "Driftwood-Hale",
        "Eiderdown",
        "Elderberry",
        "Fairweather",
        "Farthingale",
    ),
    *("Featherstitch", "Fernyhaugh", "Foxglove", "Gathercole-Finch", "Goldfinch", "Greengage", "Harebell", "Hartsease"),
    *("Hawthornden", "Heronsgate", "Hollyoake-Dunn", "Honeysett", "Ivyleaf", "Juniper", "Kestrelman", "Kingcup"),
    *("Lapwing", "Larkspur", "Lavenderby", "Linnetson", "Lockswell", "Marchbanks-Roe", "Marigold", "Meadowsweet"),
    *("Merryfield", "Mossgrove", "Nettlefold", "Nightingale-Osei", "O'Lark", "Oakapple", "Ottershaw", "Owlet"),
    *("Partridge-Nair", "Peppercorn", "Periwinkle", "Pipistrelle", "Quillfeather", "Ravenscar", "Redpoll", "Reedmace"),
    *("Rowanberry", "Saltmarsh", "Sandpiper", "Silverbirch", "Skylark", "Sorrelby", "Starling", "Stonechat"),
    *("Sweetbriar", "Tansy", "Teasel", "Thistledown", "Thornbury-Wren", "Turnstone", "Wagtail", "Waterleaf"),
    *("Whimbrel", "Wildgoose", "Willowherb", "Windrush-Bell", "Yarrow", "Yellowhammer"),
)

# Each with its kind and its county.
ORGANISATIONS = (
    ("Wherry Music Service", "music_service", "Norfolk"),
    ("Curlew Music Service", "music_service", "Suffolk"),
    ("Marram Bay Primary School", "school", "Norfolk"),
    ("Otterwick Primary School", "school", "Norfolk"),
    ("Thornmere Junior School", "school", "Norfolk"),
    ("Hollowby Infant School", "school", "Norfolk"),
    ("Saltreed Primary Academy", "school", "Norfolk"),
    ("Fenlode Primary School", "school", "Norfolk"),
    ("Larkstow Church Primary School", "school", "Norfolk"),
    ("Wherryham High School", "school", "Norfolk"),
    ("Great Pinnock Academy", "school", "Norfolk"),
    ("The Reedbed School", "school", "Norfolk"),
    ("Aldermere Primary School", "school", "Suffolk"),
    ("Kestrelford Primary School", "school", "Suffolk"),
    ("Stourbeck Junior School", "school", "Suffolk"),
    ("Brackenfield Primary Academy", "school", "Suffolk"),
    ("Little Teasel Primary School", "school", "Suffolk"),
    ("Shinglesea Community Primary", "school", "Suffolk"),
    ("Aldermere High School", "school", "Suffolk"),
    ("Hopwood Vale Academy", "school", "Suffolk"),
    ("The Avocet School", "school", "Suffolk"),
    ("Tidewater Arts Trust", "partner", "Norfolk"),
    ("Open Stave Collective", "partner", "Norfolk"),
    ("Broad Beats Studio", "partner", "Norfolk"),
    ("Sound Hedgerow CIC", "partner", "Norfolk"),
    ("Estuary Opera Workshop", "partner", "Suffolk"),
    ("Drum and Fen", "partner", "Suffolk"),
    ("Shoreline Youth Music", "partner", "Suffolk"),
    ("Heathland Strings Project", "partner", "Suffolk"),
    ("Friends of Marram Bay Band", "voluntary", "Norfolk"),
    ("Wherryham Community Choir", "voluntary", "Norfolk"),
    ("Shinglesea Steel Pans", "voluntary", "Suffolk"),
    ("Stourbeck Saturday Orchestra", "voluntary", "Suffolk"),
    ("The demonstration hub's board", "governance", "Norfolk"),
    ("The demonstration hub's leadership team", "governance", "Suffolk"),
)

JOB_TITLES = {
    "music-service-staff": (
        *("Instrumental teacher", "Whole-class ensemble teacher", "Vocal leader", "Ensemble leader", "Area manager"),
        *("Early years music leader", "Office and registers", "SEND music lead"),
    ),
    "generalist-teachers": (
        "Class teacher",
        "Class teacher and music lead",
        "Teaching assistant",
        "Early years teacher",
    ),
    "specialist-teachers": ("Music teacher", "Head of music", "Music and performing arts teacher"),
    "frontline-volunteers": ("Ensemble helper", "Session volunteer", "Concert steward", "Choir helper"),
    "hub-providers": ("Freelance musician", "Workshop leader", "Project coordinator", "Music technology tutor"),
    "board-slt": ("Board member", "Chair of the board", "Head of the hub", "Senior leader"),
}
