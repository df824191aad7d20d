use proptest::prelude::*;
use quota::sampling::{Class, InvalidInput, Model};

fn classes(counts: &[f64]) -> Vec<Class> {
    let class = |(index, count): (usize, &f64)| Class {
        id: index.to_string(),
        count: *count,
    };
    counts.iter().enumerate().map(class).collect()
}

fn rates(model: &Model) -> (Vec<f64>, f64) {
    let rates = model.run().unwrap();
    (rates.explicit.iter().map(|(_, rate)| *rate).collect(), rates.implicit)
}

#[test]
fn budgets_are_shared_so_that_the_rare_is_seen() {
    let projects = |counts: &[f64], sample_rate| Model::Projects {
        classes: classes(counts),
        sample_rate,
    };
    // 111 samples for three: the smallest takes its 10, the others 50.5 each.
    let (shared, _) = rates(&projects(&[1000.0, 10.0, 100.0], 0.1));
    for (rate, expected) in shared.iter().zip([0.0505, 1.0, 0.505]) {
        assert!((rate - expected).abs() < 1e-9, "{shared:?}");
    }
    assert_eq!(rates(&projects(&[5.0, 50.0], 1.0)).0, [1.0, 1.0]);
    assert_eq!(rates(&projects(&[5.0, 50.0], 0.0)).0, [0.0, 0.0]);
    let full = |intensity| Model::Full {
        classes: classes(&[900.0, 100.0]),
        sample_rate: 0.2,
        intensity,
    };
    assert_eq!(rates(&full(0.0)).0, [0.2, 0.2]);
    assert!((rates(&full(1.0)).0[1] - 1.0).abs() < 1e-9);
    assert!((rates(&full(0.5)).0[1] - 0.6).abs() < 1e-9);
    // Of 10,000 of 10 names 2 are known: each name is worth 100 samples.
    let (explicit, implicit) = rates(&Model::Transactions {
        classes: classes(&[50.0, 2000.0]),
        sample_rate: 0.1,
        total: 10_000.0,
        total_classes: 10,
        intensity: 1.0,
    });
    assert!(
        (explicit[0] - 1.0).abs() < 1e-9 && (explicit[1] - 0.075).abs() < 1e-9,
        "{explicit:?}"
    );
    assert!((implicit - 800.0 / 7950.0).abs() < 1e-9, "{implicit}");
}

#[test]
fn models_check_their_input_before_they_run() {
    let full = |counts: &[f64], sample_rate, intensity| Model::Full {
        classes: classes(counts),
        sample_rate,
        intensity,
    };
    let transactions = |total, total_classes| Model::Transactions {
        classes: classes(&[5.0, 5.0]),
        sample_rate: 0.5,
        total,
        total_classes,
        intensity: 0.5,
    };
    for (model, error) in [
        (full(&[1.0], 1.1, 0.5), InvalidInput::SampleRate),
        (full(&[1.0], f64::NAN, 0.5), InvalidInput::SampleRate),
        (full(&[1.0], 0.5, -0.5), InvalidInput::Intensity),
        (full(&[], 0.5, 0.5), InvalidInput::NoClass),
        (full(&[1.0, 0.0], 0.5, 0.5), InvalidInput::Count("1".to_owned())),
        (full(&[f64::INFINITY], 0.5, 0.5), InvalidInput::Count("0".to_owned())),
        (transactions(9.0, 2), InvalidInput::Total),
        (transactions(f64::NAN, 2), InvalidInput::Total),
        (transactions(20.0, 1), InvalidInput::Total),
    ] {
        assert_eq!(model.run(), Err(error));
    }
}

proptest! {
    #[test]
    fn models_keep_the_overall_rate(
        counts in proptest::collection::vec(1.0_f64..10_000.0, 1..20),
        sample_rate in 0.0_f64..=1.0,
        intensity in 0.0_f64..=1.0,
        others in 0.0_f64..100_000.0,
        other_classes in 1_usize..50,
    ) {
        let total = counts.iter().sum::<f64>();
        let samples = |rates: &[f64]| rates.iter().zip(&counts).map(|(rate, count)| rate * count).sum::<f64>();
        let classes = classes(&counts);
        let (explicit, _) = rates(&Model::Full { classes: classes.clone(), sample_rate, intensity });
        prop_assert!(explicit.iter().all(|rate| (0.0..=1.0).contains(rate)));
        prop_assert!((samples(&explicit) - total * sample_rate).abs() < 1e-6 * total);

        let total = total + others;
        let total_classes = counts.len() + other_classes;
        let model = Model::Transactions { classes, sample_rate, total, total_classes, intensity };
        let (explicit, implicit) = rates(&model);
        prop_assert!(explicit.iter().chain([&implicit]).all(|rate| (0.0..=1.0).contains(rate)));
        let kept = samples(&explicit) + implicit * others;
        prop_assert!((kept - total * sample_rate).abs() < 1e-6 * total);
    }
}
