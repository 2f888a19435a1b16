#include "core/rollout/signed_rank.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double got, double want, double room)
{
    if (!(fabs(got - want) <= room))
        fail_msg("%.12g is not %.12g", got, want);
}

static void smallest_p_is_one_in_two_to_the_n(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double p;
    } rows[] = {{5, .031}, {6, .016}, {7, .008}, {8, .004}, {10, .001}, {12, .00024}};
    double differences[12];
    for (size_t i = 0; i < 12; i++)
        differences[i] = .1 * (double)(i + 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double p = signed_rank_p(differences, rows[i].n);
        near(p, exp2(-(double)rows[i].n), 1e-15);
        near(p, rows[i].p, .0005);
    }
}

/* Against all 2^n signs, counted one by one, with ties and zeros. */
static void p_matches_enumeration(void **state)
{
    (void)state;
    static const double differences[] = {.3, -.1, .2, .2, -.2, 0, .5, .4, -.1, .1};
    static const double ranks[] = {7, 2, 5, 5, 5, 0, 9, 8, 2, 2};
    enum { N = sizeof ranks / sizeof ranks[0] };
    double observed = 0;
    for (int i = 0; i < N; i++)
        if (differences[i] > 0)
            observed += ranks[i];
    int reached = 0;
    for (unsigned signs = 0; signs < 1U << N; signs++) {
        double sum = 0;
        for (int i = 0; i < N; i++)
            if (signs >> i & 1U)
                sum += ranks[i];
        reached += sum >= observed;
    }
    near(signed_rank_p(differences, N), reached / exp2(N), 1e-12);
}

static void no_difference_is_no_evidence(void **state)
{
    (void)state;
    static const double zeros[20] = {0};
    near(signed_rank_p(zeros, 20), 1, 0);
    near(signed_rank_p(zeros, 0), 1, 0);
    struct signed_rank none = signed_rank_test(zeros, 0, .05);
    assert_true(isinf(none.around.low) && isinf(none.around.high));
}

static void centre_is_the_median_of_pair_means(void **state)
{
    (void)state;
    static const double three[] = {0, 1, 5}; /* means 0 .5 1 2.5 3 5 */
    near(signed_rank_test(three, 3, .05).centre, 1.75, 1e-12);
    double tenth[10];
    for (size_t i = 0; i < 10; i++)
        tenth[i] = (double)i + 1;
    struct signed_rank test = signed_rank_test(tenth, 10, .05);
    near(test.centre, 5.5, 1e-12);
    /* n = 10, level .05: P(W <= 8) = .0244, so the ends are the ninth means: 3 and 8. */
    near(test.around.low, 3, 1e-12);
    near(test.around.high, 8, 1e-12);
    near(test.p, exp2(-10), 1e-15);
}

static void long_series_are_cut_not_overrun(void **state)
{
    (void)state;
    double differences[SIGNED_RANK_MAX + 50];
    for (size_t i = 0; i < SIGNED_RANK_MAX + 50; i++)
        differences[i] = i % 2 ? .1 : -.1;
    double p = signed_rank_p(differences, SIGNED_RANK_MAX + 50);
    near(p, .5, .05);
}

static void minutes_that_resemble_each_other_weigh_less(void **state)
{
    (void)state;
    double differences[30];
    for (size_t i = 0; i < 30; i++)
        differences[i] = .08 + .2 * sin((double)i / 4);
    double carry = signed_rank_carry(differences, 30);
    assert_true(carry > .7);
    double plain = signed_rank_p(differences, 30);
    double carried = signed_rank_p_carried(differences, 30, carry);
    assert_true(plain < .05);
    assert_true(carried > .1);
    near(signed_rank_p_carried(differences, 30, 0), plain, 0);

    for (size_t i = 0; i < 30; i++)
        differences[i] = i % 2 ? .3 : .1;
    near(signed_rank_carry(differences, 30), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest_p_is_one_in_two_to_the_n),
        cmocka_unit_test(p_matches_enumeration),
        cmocka_unit_test(no_difference_is_no_evidence),
        cmocka_unit_test(centre_is_the_median_of_pair_means),
        cmocka_unit_test(long_series_are_cut_not_overrun),
        cmocka_unit_test(minutes_that_resemble_each_other_weigh_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
