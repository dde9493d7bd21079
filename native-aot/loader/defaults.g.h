/* Written by src/FastAdam.Faces from the rules' descriptions: do not edit. */
#ifndef FASTADAM_DEFAULTS_H
#define FASTADAM_DEFAULTS_H

#include "fastadam.h"

#include <math.h>

/* The rules' defaults, by their numbers. */
static const fastadam_group rule_defaults[] = {
    { sizeof(fastadam_group), FASTADAM_ADAM, 0, 0.001, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_NADAM, 0, 0.002, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0.004, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_RADAM, 0, 0.001, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADAMAX, 0, 0.002, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_SGD, 0, 0.001, 0, 0, 0, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADAGRAD, 0, 0.01, 0, 0, 1e-10, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_RMSPROP, 0, 0.01, 0, 0.99, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_LION, 1, 0.0001, 0.9, 0.99, 0, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADEMAMIX, 1, 0.001, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0.9999, 5, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADOPT, 0, 0.001, 0.9, 0.9999, 1e-06, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0.25, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_SCHEDULEFREE, 0, 0.0025, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 },
    { sizeof(fastadam_group), FASTADAM_ADAN, 0, 0.001, 0.98, 0.92, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0, 0.99, 0, 0, 0, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADADELTA, 0, 1, 0, 0.9, 1e-06, 0, 1, INFINITY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
};

#endif
