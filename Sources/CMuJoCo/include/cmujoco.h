// cmujoco.h: the part of MuJoCo 2.2.2 that the environments need, as plain functions over opaque handles.
//
// MuJoCo ends the process on an error and writes MUJOCO_LOG.TXT on a warning unless handlers are set. Here every call
// that can raise runs under a guard: an error comes back as a message in `message` (always terminated, cut to
// `capacity`) and a status, warnings are left in the counters of the simulation, and nothing is written to disk.
//
// Numbers are doubles in SI units; arrays are row-major. A model is read-only after loading and may be shared by any
// number of threads; a data handle belongs to one thread at a time.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cmujoco_model cmujoco_model;
typedef struct cmujoco_data cmujoco_data;

/// What became of a call that moves a simulation.
typedef enum cmujoco_status {
  CMUJOCO_OK = 0,
  CMUJOCO_BAD_QPOS = 1,   // a position is not finite or beyond 1e10; MuJoCo has reset the simulation
  CMUJOCO_BAD_QVEL = 2,   // the same for a velocity
  CMUJOCO_BAD_QACC = 3,   // the same for an acceleration
  CMUJOCO_BAD_CTRL = 4,   // a control is not a number after clamping; MuJoCo has taken zeros
  CMUJOCO_ERROR = 5,      // mju_error was raised; the simulation has been reset, the message says why
} cmujoco_status;

/// Version of the library that is loaded, as 100 * major + 10 * minor + patch (222 for 2.2.2).
int cmujoco_library_version(void);
/// Version of the headers this shim was compiled with.
int cmujoco_header_version(void);

/// Compiles MJCF text of `length` bytes. Returns NULL and a message if it does not compile.
/// One compilation runs at a time: MuJoCo keeps its last parsed model in a global.
cmujoco_model *cmujoco_load_model(const unsigned char *xml, size_t length, char *message, size_t capacity);
void cmujoco_free_model(cmujoco_model *model);

/// Allocates one simulation at the model's initial state. Returns NULL and a message if memory is short.
cmujoco_data *cmujoco_make_data(const cmujoco_model *model, char *message, size_t capacity);
void cmujoco_free_data(cmujoco_data *data);

int cmujoco_position_count(const cmujoco_model *model);   // nq
int cmujoco_velocity_count(const cmujoco_model *model);   // nv
int cmujoco_actuator_count(const cmujoco_model *model);   // nu
int cmujoco_body_count(const cmujoco_model *model);       // nbody, the world included
double cmujoco_timestep(const cmujoco_model *model);      // seconds of one physics step
const double *cmujoco_initial_positions(const cmujoco_model *model);  // qpos0 [nq]
/// Index of a named body, or -1.
int cmujoco_body_index(const cmujoco_model *model, const char *name);

double *cmujoco_positions(cmujoco_data *data);             // qpos [nq]
double *cmujoco_velocities(cmujoco_data *data);            // qvel [nv]
double *cmujoco_controls(cmujoco_data *data);              // ctrl [nu]
double *cmujoco_acceleration_warmstart(cmujoco_data *data); // qacc_warmstart [nv], the solver's starting point
double *cmujoco_body_positions(cmujoco_data *data);        // xpos [nbody, 3], of the last forward pass
double *cmujoco_contact_forces(cmujoco_data *data);        // cfrc_ext [nbody, 6], of the last cmujoco_step with forces
double *cmujoco_time(cmujoco_data *data);                  // seconds since the reset

/// Puts everything back to the model's initial state and zeroes the warnings (mj_resetData).
void cmujoco_reset(const cmujoco_model *model, cmujoco_data *data);
/// The same, but all that a forward pass computes is filled with `byte`: shows in tests whether something is read
/// before it is computed (mj_resetDataDebug).
void cmujoco_scramble(const cmujoco_model *model, cmujoco_data *data, unsigned char byte);
/// Zeroes the counts of warnings, which cmujoco_step would report again, and those of MuJoCo's timers, which would
/// overflow in a simulation that is never reset.
void cmujoco_clear_counters(cmujoco_data *data);
/// Computes all that follows from positions and velocities without moving time (mj_forward).
cmujoco_status cmujoco_forward(const cmujoco_model *model, cmujoco_data *data, char *message, size_t capacity);
/// Takes `count` physics steps under the controls that are set, then, if asked, computes the contact forces
/// (mj_rnePostConstraint). Stops at the first warning that means the simulation has diverged.
cmujoco_status cmujoco_step(const cmujoco_model *model, cmujoco_data *data, int count, int with_contact_forces,
                            char *message, size_t capacity);

/// One array or scalar of a compiled model, as the library itself lists them.
typedef enum cmujoco_field_type {
  CMUJOCO_FIELD_DOUBLE,
  CMUJOCO_FIELD_FLOAT,
  CMUJOCO_FIELD_INT,
  CMUJOCO_FIELD_BYTE,
} cmujoco_field_type;

typedef struct cmujoco_field {
  const char *name;       // for example "body_mass", "opt.timestep", "nq"
  cmujoco_field_type type;
  const void *values;     // rows * columns values, owned by the model
  int rows;
  int columns;
} cmujoco_field;

/// Number of fields of any model.
int cmujoco_field_count(const cmujoco_model *model);
/// Field `index` of the model, for 0 <= index < cmujoco_field_count.
cmujoco_field cmujoco_field_at(const cmujoco_model *model, int index);

#ifdef __cplusplus
}
#endif
