/* Written by src/FastAdam.Faces: do not edit. */
#ifndef FASTADAM_LAYOUT_H
#define FASTADAM_LAYOUT_H

/* A hash of the structures and functions. The kernels' libraries have their own, which must be the same. */
#define LEVEL_VERSION 0x3df4c28f

#endif
