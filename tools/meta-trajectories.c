// meta-trajectories.c: the meta tasks stepped with MuJoCo's C interface alone, as JSON on stdout.
//
// usage: meta-trajectories FOLDER     FOLDER holds Gymnasium's half_cheetah.xml and ant.xml
//
// A program of its own: it shares no code and no model file with the package, so that what the package's environments
// do can be compared with it (tools/make-meta-fixture builds it, runs it and stores what it prints). It follows the
// wrappers of the meta-learning studies: the action is clipped first, five physics steps are taken, contact forces are
// computed after them, positions are read before and after. Goals enter the reward only, so that one episode serves
// every goal of its body. Starts and actions are fractions with small denominators: they print short and read back
// exactly. The simulation's state is given every few steps, because these motions are chaotic: a last bit that another
// CPU's sine rounds differently is a metre within 200 steps, so a comparison has to begin again from a known state.

#include <math.h>
#include <mujoco/mujoco.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HORIZON = 200, PHYSICS_STEPS = 5, MOST_MOTORS = 8, FIRST_SHOWN = 4, SHOWN_EVERY = 20 };

static const double pi = 3.14159265358979323846;

// MARK: What is compared

typedef enum { CHEETAH, ANT } Body;
typedef enum { DIRECTION, VELOCITY } GoalKind;

// A task with the goals it is played for: signs of a direction, or speeds in m/s.
typedef struct {
  const char *id;
  Body body;
  GoalKind kind;
  int goal_count;
  double goals[5];
} Task;

static const Task tasks[] = {
    {"HalfCheetah-Fwd-Back", CHEETAH, DIRECTION, 2, {-1, 1}},
    {"HalfCheetah-Vel", CHEETAH, VELOCITY, 4, {0, 0.7, 1.5, 3}},
    {"HalfCheetah-Vel-Medium", CHEETAH, VELOCITY, 4, {0, 1.25, 2.5, 2.75}},
    {"Ant-Fwd-Back", ANT, DIRECTION, 2, {-1, 1}},
    {"Ant-Vel", ANT, VELOCITY, 4, {0, 0.7, 1.5, 3}},
};

// A start and a way to move. The start is the model's own, disturbed a little; one number of qpos and of qvel may be set.
typedef struct {
  const char *name;
  Body body;
  double amplitude;  // of the actions; above 1 some lie outside [-1, 1]
  double pace;       // radians of the action's wave in a control step
  int position;      // set in qpos, -1 for none
  double position_value;
  int velocity;  // set in qvel, -1 for none
  double velocity_value;
  bool upside_down;  // turned by half a turn about x, for the ant
} Episode;

static const Episode episodes[] = {
    {"from rest", CHEETAH, 1.25, 0.31, -1, 0, -1, 0, false},
    {"thrown forwards", CHEETAH, 1.5, 0.55, 1, 0.5, 0, 4, false},
    {"on its back", CHEETAH, 2, 0.47, 2, 3, -1, 0, false},
    {"from rest", ANT, 1.25, 0.31, -1, 0, -1, 0, false},
    {"trembling", ANT, 0.25, 0.83, -1, 0, 0, 1.5, false},
    {"on its back", ANT, 1.25, 0.41, 2, 0.5, 2, -2, true},
    {"thrown up", ANT, 1.25, 0.41, -1, 0, 2, 1.5, false},
    {"thrown on its back", ANT, 1.25, 0.41, 2, 0.875, 2, -6, true},
};

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

// MARK: A step, as the wrappers take it

typedef struct {
  mjModel *model;
  mjData *data;
  int torso;
} World;

static double clip(double value) { return fmin(1, fmax(-1, value)); }

static double sum_of_clipped_squares(const double *values, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++) sum += clip(values[i]) * clip(values[i]);
  return sum;
}

// What the rewards of one control step are made of.
typedef struct {
  double root_velocity;      // of qpos[0], in m/s
  double torso_velocity[2];  // of the torso's frame origin along x and y, in m/s
  double action_squares, contact_squares;
} Outcome;

static Outcome step(World *world, const double *action) {
  const mjModel *model = world->model;
  mjData *data = world->data;
  Outcome outcome = {0};
  for (int i = 0; i < model->nu; i++) data->ctrl[i] = clip(action[i]);
  outcome.action_squares = sum_of_clipped_squares(action, model->nu);

  double root = data->qpos[0];
  double torso[2] = {data->xpos[3 * world->torso], data->xpos[3 * world->torso + 1]};
  for (int i = 0; i < PHYSICS_STEPS; i++) mj_step(model, data);
  // mj_step leaves the forces of contacts to whoever wants them.
  mj_rnePostConstraint(model, data);

  double seconds = PHYSICS_STEPS * model->opt.timestep;
  outcome.root_velocity = (data->qpos[0] - root) / seconds;
  for (int axis = 0; axis < 2; axis++)
    outcome.torso_velocity[axis] = (data->xpos[3 * world->torso + axis] - torso[axis]) / seconds;
  outcome.contact_squares = sum_of_clipped_squares(data->cfrc_ext, 6 * model->nbody);
  return outcome;
}

static double reward(const Task *task, double goal, const Outcome *outcome) {
  if (task->body == CHEETAH) {
    double control_cost = 0.5 * 0.1 * outcome->action_squares;
    if (task->kind == DIRECTION) return goal * outcome->root_velocity - control_cost;
    return -fabs(outcome->root_velocity - goal) - control_cost;
  }
  double forward;
  if (task->kind == DIRECTION) {
    // Directions of the ant are angles in the plane; forwards is 0, backwards pi.
    double angle = goal > 0 ? 0 : pi;
    forward = outcome->torso_velocity[0] * cos(angle) + outcome->torso_velocity[1] * sin(angle);
  } else {
    forward = 1 - fabs(outcome->torso_velocity[0] - goal);
  }
  double control_cost = 0.5 * 0.01 * outcome->action_squares;
  double contact_cost = 0.5 * 0.001 * outcome->contact_squares;
  double survival = 0.05;
  return forward - control_cost - contact_cost + survival;
}

// A cheetah's episode is only ever cut.
static bool has_ended(const World *world, Body body) {
  if (body == CHEETAH) return false;
  bool is_finite = true;
  for (int i = 0; i < world->model->nq; i++) is_finite = is_finite && isfinite(world->data->qpos[i]);
  for (int i = 0; i < world->model->nv; i++) is_finite = is_finite && isfinite(world->data->qvel[i]);
  double height = world->data->qpos[2];
  return !(is_finite && height >= 0.2 && height <= 1.0);
}

// MARK: Output

static void print_list(const char *name, const double *values, int count) {
  printf("\"%s\":[", name);
  for (int i = 0; i < count; i++) printf(i == 0 ? "%.17g" : ",%.17g", values[i]);
  printf("]");
}

// The observation, at some steps with all that decides how the simulation goes on: `torso` is where a reward starts from.
static void print_state(const World *world, Body body, int step) {
  const mjModel *model = world->model;
  const mjData *data = world->data;
  const double *torso = data->xpos + 3 * world->torso;
  double numbers[64];
  int count = 0;
  for (int i = body == CHEETAH ? 1 : 2; i < model->nq; i++) numbers[count++] = data->qpos[i];
  for (int i = 0; i < model->nv; i++) numbers[count++] = data->qvel[i];
  if (body == CHEETAH)
    for (int axis = 0; axis < 3; axis++) numbers[count++] = torso[axis];
  printf("%s\n{\"step\":%d,", step == 0 ? "" : ",", step);
  print_list("observation", numbers, count);
  if (step % SHOWN_EVERY == 0) {
    printf(",");
    print_list("qpos", data->qpos, model->nq);
    printf(",");
    print_list("qvel", data->qvel, model->nv);
    printf(",");
    print_list("qacc_warmstart", data->qacc_warmstart, model->nv);
    printf(",");
    print_list("torso", torso, 3);
  }
  printf("}");
}

// MARK: An episode

static double fraction(double value, double denominator) { return round(value * denominator) / denominator; }

static void begin(World *world, const Episode *episode) {
  const mjModel *model = world->model;
  mjData *data = world->data;
  mj_resetData(model, data);
  for (int i = 0; i < model->nq; i++) data->qpos[i] += fraction(0.08 * sin(1.0 + 1.7 * i), 1024);
  for (int i = 0; i < model->nv; i++) data->qvel[i] = fraction(0.08 * cos(0.5 + 2.3 * i), 1024);
  if (episode->upside_down) {
    data->qpos[3] = 0;
    data->qpos[4] = 1;
  }
  if (episode->position >= 0) data->qpos[episode->position] = episode->position_value;
  if (episode->velocity >= 0) data->qvel[episode->velocity] = episode->velocity_value;
}

static void play(World *world, const Episode *episode) {
  const mjModel *model = world->model;
  static double actions[HORIZON][MOST_MOTORS];
  static Outcome outcomes[HORIZON];

  printf("{\"name\":\"%s\",\"body\":\"%s\",\n", episode->name, episode->body == CHEETAH ? "half_cheetah" : "ant");
  begin(world, episode);
  print_list("start_qpos", world->data->qpos, model->nq);
  printf(",");
  print_list("start_qvel", world->data->qvel, model->nv);
  mj_forward(model, world->data);

  printf(",\n\"states\":[");
  print_state(world, episode->body, 0);
  int steps = 0;
  bool ended = false;
  while (steps < HORIZON && !ended) {
    for (int i = 0; i < model->nu; i++)
      actions[steps][i] = fraction(episode->amplitude * sin(episode->pace * steps + 0.9 * i * i), 32);
    outcomes[steps] = step(world, actions[steps]);
    steps++;
    ended = has_ended(world, episode->body);
    bool is_shown = steps <= FIRST_SHOWN || steps % SHOWN_EVERY == 0 || ended;
    if (is_shown) print_state(world, episode->body, steps);
  }
  printf("],\n\"steps\":%d,\"ended\":%s,\n\"actions\":[", steps, ended ? "true" : "false");
  for (int t = 0; t < steps; t++)
    for (int i = 0; i < model->nu; i++)
      printf("%s%.17g", i > 0 ? "," : t > 0 ? "],[" : "[", actions[t][i]);
  printf("]],\n\"rewards\":[");
  const char *separator = "";
  for (const Task *task = tasks; task < tasks + COUNT(tasks); task++) {
    if (task->body != episode->body) continue;
    for (int g = 0; g < task->goal_count; g++) {
      double values[HORIZON];
      for (int t = 0; t < steps; t++) values[t] = reward(task, task->goals[g], &outcomes[t]);
      printf("%s\n{\"task\":\"%s\",\"%s\":%.17g,", separator, task->id,
             task->kind == DIRECTION ? "direction" : "velocity", task->goals[g]);
      print_list("values", values, steps);
      printf("}");
      separator = ",";
    }
  }
  printf("]}");
  fprintf(stderr, "%s, %s: %d steps, %s at height %.3f, x %.3f\n", episode->body == CHEETAH ? "half_cheetah" : "ant",
          episode->name, steps, ended ? "ended" : "cut", world->data->qpos[episode->body == CHEETAH ? 1 : 2],
          world->data->qpos[0]);
}

static World load(const char *folder, const char *file) {
  char path[4096], message[1024] = "";
  snprintf(path, sizeof path, "%s/%s", folder, file);
  World world = {mj_loadXML(path, NULL, message, sizeof message), NULL, 0};
  if (world.model != NULL) world.data = mj_makeData(world.model);
  if (world.data == NULL) {
    fprintf(stderr, "meta-trajectories: %s: %s\n", path, message);
    exit(65);
  }
  world.torso = mj_name2id(world.model, mjOBJ_BODY, "torso");
  if (world.torso < 0 || world.model->nu > MOST_MOTORS) {
    fprintf(stderr, "meta-trajectories: %s: no torso, or too many motors\n", path);
    exit(65);
  }
  return world;
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: meta-trajectories FOLDER\n");
    return 64;
  }
  World worlds[] = {[CHEETAH] = load(arguments[1], "half_cheetah.xml"), [ANT] = load(arguments[1], "ant.xml")};
  printf("{\"made_by\":\"tools/make-meta-fixture\",\"versions\":{\"mujoco\":\"%s\",\"gymnasium\":\"%s\"},\"horizon\":%d,\n",
         mj_versionString(), GYMNASIUM, HORIZON);
  printf("\"episodes\":[");
  for (int i = 0; i < COUNT(episodes); i++) {
    if (i > 0) printf(",\n");
    play(&worlds[episodes[i].body], &episodes[i]);
  }
  printf("]}\n");
  for (int i = 0; i < COUNT(worlds); i++) {
    mj_deleteData(worlds[i].data);
    mj_deleteModel(worlds[i].model);
  }
  return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 73;
}
