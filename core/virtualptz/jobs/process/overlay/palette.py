"""The overlay's colours: blue, green, red."""

Colour = tuple[int, int, int]

DARK: Colour = (24, 20, 18)
WHITE: Colour = (245, 245, 245)
GREY: Colour = (170, 170, 165)
GREEN: Colour = (110, 205, 90)
AMBER: Colour = (60, 185, 250)
RED: Colour = (85, 85, 240)
BLUE: Colour = (245, 175, 85)

CLASSES: dict[str, Colour] = {
    "player": (235, 215, 90),
    "person": (235, 215, 90),
    "ball": (40, 150, 255),
    "referee": (90, 235, 245),
    "goalkeeper": (150, 235, 130),
}
OTHER: Colour = (230, 150, 220)
STATES: dict[str, Colour] = {"stable": GREEN, "warning": AMBER, "lost": RED}
HOLDERS: dict[str, Colour] = {"auto": BLUE, "manual": AMBER, "none": GREY}
