use triage::{DAYS, HOURS, ceilings};

#[test]
fn a_young_issue_may_bring_ten_times_its_fullest_hour() {
    assert_eq!(ceilings(&[]), [10; DAYS]);
    assert_eq!(ceilings(&[0, 3, 1]), [30; DAYS]);
    assert_eq!(ceilings(&[0; HOURS]), [10; DAYS]);
}

#[test]
fn steady_traffic_is_bounded_by_its_mean_and_bursts_by_their_height() {
    // Without deviation: 5 × 10 for a spike, 10 + 5 × 10 for a rise.
    assert_eq!(ceilings(&[10; HOURS]), [60; DAYS]);
    let mut bursty = [0; HOURS];
    bursty[0] = 1_000;
    // One hour of a week: the variation is so large that twice the maximum holds.
    assert_eq!(ceilings(&bursty), [2_000; DAYS]);
    // What is older than a week counts no more.
    let mut long = vec![1_000_000; 500];
    long.extend([10; HOURS]);
    assert_eq!(ceilings(&long), [60; DAYS]);
    assert_eq!(ceilings(&[i64::MAX; HOURS]), [i64::MAX; DAYS]);
}

#[test]
fn the_same_weekday_counts_double() {
    let mut weekly: [i64; HOURS] = std::array::from_fn(|hour| if hour % 2 == 0 { 160 } else { 40 });
    weekly[..24].fill(160);
    let found = ceilings(&weekly);
    assert!(found[0] > found[1], "{found:?}");
    assert_eq!((found[0], found[1]), (found[7], found[8]));
}
