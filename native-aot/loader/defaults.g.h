/* Written by src/FastAdam.Faces from the rules' descriptions: do not edit. */
#ifndef FASTADAM_DEFAULTS_H
#define FASTADAM_DEFAULTS_H

#include "fastadam.h"

#include <math.h>

/* The rules' defaults, by their numbers. */
static const fastadam_group rule_defaults[] = {
    { sizeof(fastadam_group), FASTADAM_ADAM, 0, 0.001, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_NADAM, 0, 0.002, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0.004 },
    { sizeof(fastadam_group), FASTADAM_RADAM, 0, 0.001, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADAMAX, 0, 0.002, 0.9, 0.999, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_SGD, 0, 0.001, 0, 0, 0, 0, 1, INFINITY, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_ADAGRAD, 0, 0.01, 0, 0, 1e-10, 0, 1, INFINITY, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_RMSPROP, 0, 0.01, 0, 0.99, 1e-08, 0, 1, INFINITY, 0, 0, 0, 0 },
    { sizeof(fastadam_group), FASTADAM_LION, 1, 0.0001, 0.9, 0.99, 0, 0, 1, INFINITY, 0, 0, 0, 0 },
};

#endif
