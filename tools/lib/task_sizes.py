"""State and action sizes of the single tasks."""

SIZES = {"Hopper-v2": (11, 3), "Walker2d-v2": (17, 6), "HalfCheetah-v2": (17, 6), "Ant-v2": (111, 8),
         "AntNoControlCost-v2": (111, 8)}
