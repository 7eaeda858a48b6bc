// Elementwise programs and reductions: their arguments.
#pragma once
#include <stdint.h>

enum {
    HR_MAX_RANK = 8,
    HR_CHUNK = 512,        ///< Elements that an elementwise program works on at a time.
    HR_MAX_SLOTS = 96,     ///< Inputs, constants and temporaries of one elementwise program.
};

/// What an instruction computes; masks are 1 or 0.
typedef enum {
    HR_NEGATE, HR_EXP, HR_LOG, HR_SQRT, HR_RECIPROCAL_SQRT, HR_RECIPROCAL, HR_TANH, HR_SIGMOID, HR_SOFTPLUS, HR_ABS, HR_SIGN,
    HR_RELU, HR_FLOOR, HR_SQUARE, HR_IS_FINITE,
    HR_ADD, HR_SUBTRACT, HR_MULTIPLY, HR_DIVIDE, HR_MAXIMUM, HR_MINIMUM, HR_LESS, HR_LESS_OR_EQUAL, HR_EQUAL,
    HR_SELECT, ///< a != 0 ? b : c
} hr_opcode;

/// slot[result] = op(slot[a], slot[b], slot[c]); unused operands are 0.
typedef struct {
    uint8_t opcode, result, a, b, c;
} hr_instruction;

/// Where an operand lies: `base` and the stride, in elements, of every axis of the program's domain (0 repeats).
typedef struct {
    float *base;
    long strides[HR_MAX_RANK];
} hr_view;

/// The value of a slot goes to a view whose elements are distinct.
typedef struct {
    hr_view view;
    int slot;
} hr_output;

/// A straight-line program run over every element of a row-major domain.
///
/// Slots: first the inputs, then the constants, then the temporaries. An output may share the memory of an input only if both have the
/// same strides. A unit is a block of block_rows x block_columns of the domain seen as (product of all axes but the last) x (last axis).
typedef struct {
    int rank;                 ///< 1 to HR_MAX_RANK.
    long sizes[HR_MAX_RANK];
    long rows, columns;
    long block_rows, block_columns;
    int inputs, constants, temporaries, outputs, instructions;
    const hr_view *input;
    const float *constant;
    const hr_output *output;
    const hr_instruction *instruction;
} hr_elementwise;

/// What an element of memory is.
typedef enum { HR_FLOAT32, HR_INT32, HR_FLOAT64 } hr_element;

/// Where an operand of a wide program lies: as hr_view, of elements of any type.
typedef struct {
    void *base;
    hr_element element;
    long strides[HR_MAX_RANK];
} hr_wide_view;

/// As hr_elementwise with registers of double, which hold every float, int32 and double.
///
/// Inputs are widened as they are loaded; the output becomes its type as it is stored: float rounded, int32 towards zero, which gives
/// INT32_MIN for NaN and for what lies outside. A unit is `block` consecutive elements of the row-major domain. The output shares no
/// memory with inputs. Instructions: those of hr_elementwise but exp, log, tanh, sigmoid and softplus.
typedef struct {
    int rank;                 ///< 1 to HR_MAX_RANK.
    long sizes[HR_MAX_RANK];
    long count, block;        ///< Elements of the domain and of a unit.
    int inputs, constants, temporaries, instructions;
    const hr_wide_view *input;
    const double *constant;
    hr_wide_view output;
    int output_slot;
    const hr_instruction *instruction;
} hr_wide_elementwise;

/// output[o, i] = sum over r of input[o, r, i] in double, all contiguous. A unit is one outer index.
typedef struct {
    long outer, length, inner;
    const double *input;
    double *output;
} hr_wide_sum;

/// output[r, p] = sum over the i of piece p of left[r, i] * right[r, i], every product exact in double.
///
/// left, right [rows, length], output [rows, ceil(length / piece)], contiguous. A unit is one piece of one row.
typedef struct {
    long rows, length, piece;
    const float *left, *right;
    double *output;
} hr_dot;

typedef enum { HR_REDUCE_SUM, HR_REDUCE_MAXIMUM, HR_REDUCE_MINIMUM } hr_reduction;

/// output[o, i] = reduction over r of input[o, r, i], for a contiguous output [outer, inner].
///
/// `outer` counts the product of outer_sizes, whose axes have any strides. A unit is one outer index and HR_REDUCE_COLUMNS inner ones;
/// with `inner` 1 a unit is one outer index.
typedef struct {
    int reduction;
    int outer_rank;
    long outer_sizes[HR_MAX_RANK], outer_strides[HR_MAX_RANK];
    long outer, length, inner;
    long length_stride, inner_stride;
    const float *input;
    float *output;
} hr_reduce;

enum { HR_REDUCE_COLUMNS = 64 };
