// CMuJoCoFields.c: every field of a compiled model by name, taken from the library's own field lists (mjxmacro.h),
// so that a comparison of two models cannot leave one out.

#include "cmujoco.h"

#include <mujoco/mujoco.h>
#include <mujoco/mjxmacro.h>

// Counts the fields and, when `wanted` is reached, fills `field`.
static int visit_fields(const mjModel *m, int wanted, cmujoco_field *field) {
  int index = 0;
#define FIELD(field_name, field_type, pointer, row_count, column_count)                                     \
  do {                                                                                                      \
    if (index == wanted) {                                                                                  \
      field->name = field_name;                                                                             \
      field->type = field_type;                                                                             \
      field->values = pointer;                                                                              \
      field->rows = row_count;                                                                              \
      field->columns = column_count;                                                                        \
    }                                                                                                       \
    index++;                                                                                                \
  } while (0)

#define TYPE_OF(value)                                                                                      \
  _Generic((value), double: CMUJOCO_FIELD_DOUBLE, float: CMUJOCO_FIELD_FLOAT, int: CMUJOCO_FIELD_INT,       \
           unsigned char: CMUJOCO_FIELD_BYTE, char: CMUJOCO_FIELD_BYTE)

#define X(name) FIELD(#name, CMUJOCO_FIELD_INT, &m->name, 1, 1);
  MJMODEL_INTS
#undef X

#define X(type, name) FIELD("opt." #name, TYPE_OF(m->opt.name), &m->opt.name, 1, 1);
  MJOPTION_SCALARS
#undef X
#define X(name, size) FIELD("opt." #name, CMUJOCO_FIELD_DOUBLE, m->opt.name, 1, size);
  MJOPTION_VECTORS
#undef X

  FIELD("stat.meaninertia", CMUJOCO_FIELD_DOUBLE, &m->stat.meaninertia, 1, 1);
  FIELD("stat.meanmass", CMUJOCO_FIELD_DOUBLE, &m->stat.meanmass, 1, 1);
  FIELD("stat.meansize", CMUJOCO_FIELD_DOUBLE, &m->stat.meansize, 1, 1);
  FIELD("stat.extent", CMUJOCO_FIELD_DOUBLE, &m->stat.extent, 1, 1);
  FIELD("stat.center", CMUJOCO_FIELD_DOUBLE, m->stat.center, 1, 3);

  // Column counts of the list below are written either as numbers or as the names of such counts.
  MJMODEL_POINTERS_PREAMBLE(m)
  (void)nuser_body, (void)nuser_jnt, (void)nuser_geom, (void)nuser_site, (void)nuser_cam, (void)nuser_tendon;
  (void)nuser_actuator, (void)nuser_sensor, (void)nq, (void)nv, (void)na, (void)nu, (void)nmocap;
#define X(type, name, row_count, column_count) FIELD(#name, TYPE_OF(*m->name), m->name, m->row_count, column_count);
  MJMODEL_POINTERS
#undef X
#undef TYPE_OF
#undef FIELD
  return index;
}

int cmujoco_field_count(const cmujoco_model *model) {
  cmujoco_field unused;
  return visit_fields((const mjModel *)model, -1, &unused);
}

cmujoco_field cmujoco_field_at(const cmujoco_model *model, int index) {
  cmujoco_field field = {"", CMUJOCO_FIELD_BYTE, NULL, 0, 0};
  visit_fields((const mjModel *)model, index, &field);
  return field;
}
