// CMuJoCo.c: loading, stepping and freeing under a guard that turns mju_error into a message.

#include "cmujoco.h"

#include <mujoco/mujoco.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Where an error on this thread returns to; NULL outside a guarded call.
static _Thread_local jmp_buf *active_guard = NULL;
static _Thread_local char raised_message[1024];

static pthread_once_t handlers_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t load_mutex = PTHREAD_MUTEX_INITIALIZER;

static const mjModel *as_model(const cmujoco_model *model) { return (const mjModel *)model; }
static mjData *as_data(cmujoco_data *data) { return (mjData *)data; }

static void copy_message(char *message, size_t capacity, const char *text) {
  if (message != NULL && capacity > 0) snprintf(message, capacity, "%s", text);
}

// MuJoCo must not go on after an error, so the handler never returns.
static void on_error(const char *text) {
  if (active_guard != NULL) {
    copy_message(raised_message, sizeof raised_message, text);
    longjmp(*active_guard, 1);
  }
  fprintf(stderr, "MuJoCo: error outside a guarded call: %s\n", text);
  abort();
}

// Divergence warnings are counted per simulation, where cmujoco_step reads them; the text itself is not needed.
static void on_warning(const char *text) { (void)text; }

static void install_handlers(void) {
  mju_user_error = on_error;
  mju_user_warning = on_warning;
}

int cmujoco_library_version(void) { return mj_version(); }
int cmujoco_header_version(void) { return mjVERSION_HEADER; }

cmujoco_model *cmujoco_load_model(const unsigned char *xml, size_t length, char *message, size_t capacity) {
  static const char file_name[] = "model.xml";
  pthread_once(&handlers_once, install_handlers);
  copy_message(message, capacity, "");

  // A virtual file system is megabytes large, too much for a thread's stack.
  mjVFS *files = malloc(sizeof *files);
  if (files == NULL) {
    copy_message(message, capacity, "out of memory for the virtual file system");
    return NULL;
  }
  mj_defaultVFS(files);

  pthread_mutex_lock(&load_mutex);
  mjModel *volatile model = NULL;
  jmp_buf guard;
  jmp_buf *volatile outer = active_guard;
  if (setjmp(guard) == 0) {
    active_guard = &guard;
    if (length > 0x7fffffff || mj_makeEmptyFileVFS(files, file_name, (int)length) != 0) {
      copy_message(message, capacity, "the text is empty or too long for the virtual file system");
    } else {
      memcpy(files->filedata[mj_findFileVFS(files, file_name)], xml, length);
      model = mj_loadXML(file_name, files, message, (int)capacity);
      mj_freeLastXML();
    }
  } else {
    copy_message(message, capacity, raised_message);
    model = NULL;
  }
  active_guard = outer;
  pthread_mutex_unlock(&load_mutex);

  mj_deleteVFS(files);
  free(files);
  return (cmujoco_model *)model;
}

void cmujoco_free_model(cmujoco_model *model) { mj_deleteModel((mjModel *)model); }

cmujoco_data *cmujoco_make_data(const cmujoco_model *model, char *message, size_t capacity) {
  mjData *volatile data = NULL;
  jmp_buf guard;
  jmp_buf *volatile outer = active_guard;
  copy_message(message, capacity, "");
  if (setjmp(guard) == 0) {
    active_guard = &guard;
    data = mj_makeData(as_model(model));
    if (data == NULL) copy_message(message, capacity, "mj_makeData returned no simulation");
  } else {
    copy_message(message, capacity, raised_message);
    data = NULL;
  }
  active_guard = outer;
  return (cmujoco_data *)data;
}

void cmujoco_free_data(cmujoco_data *data) { mj_deleteData(as_data(data)); }

int cmujoco_position_count(const cmujoco_model *model) { return as_model(model)->nq; }
int cmujoco_velocity_count(const cmujoco_model *model) { return as_model(model)->nv; }
int cmujoco_actuator_count(const cmujoco_model *model) { return as_model(model)->nu; }
int cmujoco_body_count(const cmujoco_model *model) { return as_model(model)->nbody; }
double cmujoco_timestep(const cmujoco_model *model) { return as_model(model)->opt.timestep; }
const double *cmujoco_initial_positions(const cmujoco_model *model) { return as_model(model)->qpos0; }
int cmujoco_body_index(const cmujoco_model *model, const char *name) {
  return mj_name2id(as_model(model), mjOBJ_BODY, name);
}

double *cmujoco_positions(cmujoco_data *data) { return as_data(data)->qpos; }
double *cmujoco_velocities(cmujoco_data *data) { return as_data(data)->qvel; }
double *cmujoco_controls(cmujoco_data *data) { return as_data(data)->ctrl; }
double *cmujoco_acceleration_warmstart(cmujoco_data *data) { return as_data(data)->qacc_warmstart; }
double *cmujoco_body_positions(cmujoco_data *data) { return as_data(data)->xpos; }
double *cmujoco_contact_forces(cmujoco_data *data) { return as_data(data)->cfrc_ext; }
double *cmujoco_time(cmujoco_data *data) { return &as_data(data)->time; }

void cmujoco_reset(const cmujoco_model *model, cmujoco_data *data) { mj_resetData(as_model(model), as_data(data)); }
void cmujoco_scramble(const cmujoco_model *model, cmujoco_data *data, unsigned char byte) {
  mj_resetDataDebug(as_model(model), as_data(data), byte);
}

void cmujoco_clear_counters(cmujoco_data *data) {
  memset(as_data(data)->warning, 0, sizeof as_data(data)->warning);
  memset(as_data(data)->timer, 0, sizeof as_data(data)->timer);
}

// The first warning that says the state was bad, as a status.
static cmujoco_status divergence_of(const mjData *data) {
  if (data->warning[mjWARN_BADQPOS].number > 0) return CMUJOCO_BAD_QPOS;
  if (data->warning[mjWARN_BADQVEL].number > 0) return CMUJOCO_BAD_QVEL;
  if (data->warning[mjWARN_BADQACC].number > 0) return CMUJOCO_BAD_QACC;
  if (data->warning[mjWARN_BADCTRL].number > 0) return CMUJOCO_BAD_CTRL;
  return CMUJOCO_OK;
}

// An error leaves the simulation's stack half used, and only a reset makes the handle usable again.
static cmujoco_status abandoned(const cmujoco_model *model, cmujoco_data *data, char *message, size_t capacity) {
  copy_message(message, capacity, raised_message);
  mj_resetData(as_model(model), as_data(data));
  return CMUJOCO_ERROR;
}

cmujoco_status cmujoco_forward(const cmujoco_model *model, cmujoco_data *data, char *message, size_t capacity) {
  jmp_buf guard;
  jmp_buf *volatile outer = active_guard;
  cmujoco_status status;
  if (_setjmp(guard) == 0) {
    active_guard = &guard;
    mj_forward(as_model(model), as_data(data));
    active_guard = outer;
    status = divergence_of(as_data(data));
  } else {
    active_guard = outer;
    status = abandoned(model, data, message, capacity);
  }
  return status;
}

cmujoco_status cmujoco_step(const cmujoco_model *model, cmujoco_data *data, int count, int with_contact_forces,
                            char *message, size_t capacity) {
  jmp_buf guard;
  jmp_buf *volatile outer = active_guard;
  if (_setjmp(guard) != 0) {
    active_guard = outer;
    return abandoned(model, data, message, capacity);
  }
  active_guard = &guard;
  cmujoco_status status = CMUJOCO_OK;
  for (int step = 0; step < count && status == CMUJOCO_OK; step++) {
    mj_step(as_model(model), as_data(data));
    status = divergence_of(as_data(data));
  }
  if (status == CMUJOCO_OK && with_contact_forces) mj_rnePostConstraint(as_model(model), as_data(data));
  active_guard = outer;
  return status;
}
