"""The invented names: people, brands, designers, models, streets."""

# ruff: noqa: SIM905  # long lists of names read better as running text

WOMEN = tuple(
    "Ada Amara Beatriz Camille Carmen Chloe Daniela Dana Elena Emi Esther Fatima Fiona Grace Hana Helen Ines Irene "
    "Isla Jade Joanna Julia Kavya Keiko Lara Leila Lena Lucia Maeve Maya Mei Mina Nadia Nora Olga Paula Priya Rosa "
    "Ruth Sadie Selma Sofia Tara Thea Uma Vera Wendy Yara Zoe".split()
)
MEN = tuple(
    "Aaron Adil Andre Anton Ben Bruno Carlos Cyrus Daniel Darius Eli Emil Felix Finn Gabriel George Hamid Hugo Ian "
    "Ivan Jamal Jonas Kai Karl Kenji Leo Liam Luis Marco Mateo Milo Nathan Niko Omar Oscar Pablo Pavel Quinn Rafael "
    "Ravi Samuel Sven Tariq Theo Tom Victor Wei Yusuf Zane".split()
)
LAST_NAMES = tuple(
    "Abbott Adeyemi Alvarez Andersson Baker Banerjee Bauer Bell Bianchi Brooks Castillo Chen Clarke Costa Dalton Diaz "
    "Dubois Eriksen Evans Farrell Fischer Flores Garcia Gibson Gomez Grant Gupta Haddad Hall Hansen Hassan Hayes "
    "Hughes Ibrahim Ito Jackson Jensen Johnson Kaya Keller Khan Kim Kowalski Larsen Lee Lopez Lund Malik Marsh Martin "
    "Mendes Mehta Miller Moreau Morgan Murphy Nakamura Nguyen Novak Ortega Osei Park Patel Perez Petrov Quinn Ramos "
    "Reed Reyes Rossi Ruiz Russo Santos Sato Schmidt Shah Silva Singh Smith Suzuki Tanaka Taylor Torres Tran Turner "
    "Vance Vargas Wagner Walker Wang Weber White Wong Wood Yilmaz Young Zhang".split()
)
STREETS = tuple(
    f"{name} {kind}"
    for name in "Alder Birchwood Canal Chestnut Clover Dover Elm Foxglove Garrison Hazel Juniper Kestrel Laurel".split()
    for kind in ("Street", "Avenue", "Lane", "Road")
)
OCCUPATIONS = tuple(
    "Teacher,Nurse,Engineer,Designer,Electrician,Accountant,Student,Retired,Chef,Lawyer,Carpenter,Physician,"
    "Software Developer,Sales,Social Worker,Photographer,Paramedic,Farmer,Administrator,Writer".split(",")
)
DESIGNERS = tuple(
    "Ingrid Vale,Tomas Arrieta,Noor Castellan,Mika Oyelaran,Petra Lindqvist,Elio Marchetti,Sunniva Dahl,Rafi Benmoussa,"
    "Clara Whitlow,Hiro Asano,Maren Okafor,Jules Tremont,Agnes Kowal,Dario Fenn".split(",")
)
BRANDS = tuple(
    "Northfell,Tarnwick,Cairnline,Harrowpine,Velmora,Stridewell,Oskaren,Brambleton,Kestovar,Solvendal,Junipera,"
    "Polderway,Alpenhold,Quillback".split(",")
)
MODELS = tuple(
    "Skarn Tindra Corrie Brantley Larkspur Fjordan Ardenne Wildale Kelvaro Osmund Perrin Talus Vireo Zephra Marlow "
    "Nimbra Halden Ostrava Lyngen Cresta Dunmore Eskdale Ferrow Galtee Hollin Ivalo Jorvik Kinder Lofoten Merrick "
    "Nordal Orrin Pennard Quantock Rannoch Sorrento Torridon Ullswater Valdres Wharfe Yarrow Zermora Altara Belmont "
    "Calder Dovrell Embla Fenwick Glyder Hestvik Innerdal Jasper Kvitfell Lomond Mistral Narvik Odell Pilgrim Quilla "
    "Rondane Selkirk Tavira Umbra Vesper Windrow Xander Ylva Zenith Arran Bowfell Cinder Dagny Everlund Falken Grimsel "
    "Hafren Isolde Junco Kirkstone Langdale Mardale Norvell Oxbow Piper Quorra Rivelin Stanage Thorne Ursel Vinter "
    "Wasdale Ysel Zorna Aspenholt Bergen Corvid Drift Elkhorn Firth Greylag Heron".split()
)
COLORS = ("Black", "Blue", "Gray", "Red", "White", "Green", "Navy", "Orange", "Sand", "Teal")
HOBBIES = {
    "run": ("Running", "Triathlon"), "hike": ("Hiking", "Climbing", "Birdwatching"), "ski": ("Skiing", "Snowboarding"),
    "camp": ("Camping", "Fishing", "Kayaking"), "city": ("Travel", "Cycling", "Photography"),
    "family": ("Family outings", "Gardening"), "train": ("Yoga", "Gym", "Tennis"),
}  # fmt: skip
