// programs.cl: the place of generated code; this file is what a kernel compiles with when there is none.
//
// For each fused chain of elementwise operations a function `program_N(r0, r1, …)` and a line of PROGRAM_CASES, which a kernel expands in
// a switch over the program's number: it may use LOAD(i), input i at the present element, and assigns `value`. Program 0 stores `value`
// as it is. AXES is the largest rank of an elementwise part.
#define PROGRAM_CASES
#define AXES 8
