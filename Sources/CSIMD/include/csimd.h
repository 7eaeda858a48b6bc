// Vector kernels of the CPU backend.
#pragma once
#include "csimd_random.h"
