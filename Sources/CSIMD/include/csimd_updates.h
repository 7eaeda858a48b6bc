// Updates of parameters in place: their arguments.
#pragma once

enum { HR_UPDATE_ELEMENTS = 16384 };

/// A run of parameters with contiguous moments and gradient.
typedef struct {
    float *parameter, *first, *second;
    const float *gradient;
    long count;
    long first_unit;  ///< Units of the segments before this one; every segment has ceil(count / HR_UPDATE_ELEMENTS).
} hr_adam_segment;

/// m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;  p <- p - scale[0] m / (sqrt(v) scale[1] + epsilon)
typedef struct {
    float beta1, beta2, epsilon;
    float complement1, complement2;  ///< 1 - beta1 and 1 - beta2, rounded once: 1 - 0.999f is off by 1e-5 of itself.
    const float *scale;
} hr_adam_rule;

/// A step of Adam over segments.
typedef struct {
    hr_adam_rule rule;
    const hr_adam_segment *segments;
    long segment_count;
} hr_adam;

/// A step of Adam in the place of matrices of gradients: of parameters that lie as the gradients would, and moments that lie as the
/// parameters do.
typedef struct {
    hr_adam_rule rule;
    float *const *first, *const *second;  ///< By matrix.
    float *const *target;  ///< By matrix: what moves towards the parameters after the step, or NULL.
    float target_rate;     ///< As in hr_soft_update.
} hr_adam_in_place;

/// A run of targets and their sources.
typedef struct {
    float *target;
    const float *source;
    long count;
    long first_unit;
} hr_soft_segment;

/// target <- target + rate (source - target)
typedef struct {
    const hr_soft_segment *segments;
    long segment_count;
    float rate;
} hr_soft_update;
