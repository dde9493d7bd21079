/*
 * Softmax regression on handwritten digits, trained with FastAdam from C.
 *
 *     cc -std=c99 -O2 digits.c -o digits $(pkg-config --cflags --libs fastadam) \
 *         -Wl,-rpath,"$(pkg-config --variable=libdir fastadam)" -lm
 *     gzip -dc digits.csv.gz | ./digits
 * in this file's folder, where pkg-config knows the library (PKG_CONFIG_PATH=PREFIX/lib/pkgconfig). digits.csv.gz lies beside the folders
 * of the samples in a package, and in benchmarks/FastAdam.Convergence/data of the repository.
 *
 * Every line of the input is an image: 64 pixels from 0 to 16, and the digit. The first 80 % of them train a table of weights, 10
 * digits by 64 pixels and a bias; the others test it. The exit code is 0 from 85 % right on.
 */
#include <fastadam.h>

#include <math.h>
#include <stdio.h>

enum { PIXELS = 64, INPUTS = PIXELS + 1, DIGITS = 10, WEIGHTS = DIGITS * INPUTS, MOST_IMAGES = 5000, EPOCHS = 100 };

static float images[MOST_IMAGES][INPUTS];
static int digits[MOST_IMAGES];

/* Reads the next line into image i. */
static int read_image(int i)
{
    int k;
    for (k = 0; k < PIXELS; k++) {
        if (scanf("%f,", &images[i][k]) != 1) {
            return 0;
        }
        images[i][k] /= 16;
    }
    images[i][PIXELS] = 1; /* what the bias is multiplied by */
    return scanf("%d", &digits[i]) == 1 && digits[i] >= 0 && digits[i] < DIGITS;
}

/* scores = weights * image; returns the digit with the highest one. */
static int classify(const float *weights, const float *image, float *scores)
{
    int best = 0;
    int d;
    int k;
    for (d = 0; d < DIGITS; d++) {
        scores[d] = 0;
        for (k = 0; k < INPUTS; k++) {
            scores[d] += weights[d * INPUTS + k] * image[k];
        }
        best = scores[d] > scores[best] ? d : best;
    }
    return best;
}

/* The gradient of the mean cross entropy of the first count images. */
static void compute_gradient(const float *weights, int count, float *gradient)
{
    int i;
    int d;
    int k;
    for (k = 0; k < WEIGHTS; k++) {
        gradient[k] = 0;
    }
    for (i = 0; i < count; i++) {
        float scores[DIGITS];
        float sum = 0;
        int best = classify(weights, images[i], scores);
        float highest = scores[best];
        for (d = 0; d < DIGITS; d++) {
            scores[d] = expf(scores[d] - highest);
            sum += scores[d];
        }
        for (d = 0; d < DIGITS; d++) {
            float error = scores[d] / sum - (d == digits[i]);
            for (k = 0; k < INPUTS; k++) {
                gradient[d * INPUTS + k] += error * images[i][k] / (float)count;
            }
        }
    }
}

int main(void)
{
    static float weights[WEIGHTS];
    static float gradient[WEIGHTS];
    static float exp_avg[WEIGHTS];    /* both moments are zero before the first step */
    static float exp_avg_sq[WEIGHTS];
    float scores[DIGITS];
    float accuracy;
    fastadam_group group;
    int count = 0;
    int trained;
    int right = 0;
    int epoch;
    int i;

    while (count < MOST_IMAGES && read_image(count)) {
        count++;
    }
    trained = count * 4 / 5;
    if (trained == 0) {
        fprintf(stderr, "digits: no images; give digits.csv on the standard input\n");
        return 2;
    }

    /* PyTorch's defaults; then what did best on a fifth of the training images. */
    fastadam_group_init(&group, sizeof group, FASTADAM_ADAM);
    group.flags = FASTADAM_DECOUPLED_WEIGHT_DECAY;
    group.lr = 0.2;
    group.weight_decay = 0.1;
    for (epoch = 1; epoch <= EPOCHS; epoch++) {
        int32_t status;
        compute_gradient(weights, trained, gradient);
        status = fastadam_adam_f32(weights, gradient, exp_avg, exp_avg_sq, WEIGHTS, &group, epoch, 0);
        if (status != FASTADAM_OK) {
            fprintf(stderr, "digits: %s\n", fastadam_status_string(status));
            return 2;
        }
    }

    for (i = trained; i < count; i++) {
        right += classify(weights, images[i], scores) == digits[i];
    }
    accuracy = (float)right / (float)(count - trained);
    printf("%d of %d test images right, accuracy %.4f, %s\n", right, count - trained, accuracy, fastadam_isa());
    return accuracy >= 0.85f ? 0 : 1;
}
