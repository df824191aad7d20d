//! How a budget of samples is shared: so that what is rare is seen, and what is frequent pays for it.

/// What is counted together: a project, or a transaction name.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    pub id: String,
    /// How many there were, above 0.
    pub count: f64,
}

/// A way to share, with what it needs. All of them keep the overall rate.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// Every class gets the same number of samples, and one that has fewer gets all of them; with an intensity below 1
    /// that is mixed with the plain rate for all.
    Full {
        classes: Vec<Class>,
        sample_rate: f64,
        intensity: f64,
    },
    /// The same at full intensity, for the projects of an organization.
    Projects { classes: Vec<Class>, sample_rate: f64 },
    /// The same where only some classes are known by name: the others share one rate.
    Transactions {
        classes: Vec<Class>,
        sample_rate: f64,
        /// How many transactions there were, with those of the classes.
        total: f64,
        /// How many names there were, with those of the classes.
        total_classes: usize,
        intensity: f64,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// By class, in the order of the input.
    pub explicit: Vec<(String, f64)>,
    /// For all others.
    pub implicit: f64,
}

/// Why a model does not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInput {
    #[error("the sample rate lies between 0 and 1")]
    SampleRate,
    #[error("the intensity lies between 0 and 1")]
    Intensity,
    #[error("the count of `{0}` is not a number above 0")]
    Count(String),
    #[error("there is no class")]
    NoClass,
    #[error("there are fewer in all than in the classes")]
    Total,
}

impl Model {
    /// The rates of the classes. Invalid input never runs.
    pub fn run(&self) -> Result<Rates, InvalidInput> {
        self.check()?;
        Ok(match self {
            Self::Full {
                classes,
                sample_rate,
                intensity,
            } => full(classes, *sample_rate, *intensity),
            Self::Projects { classes, sample_rate } => full(classes, *sample_rate, 1.0),
            Self::Transactions {
                classes,
                sample_rate,
                total,
                total_classes,
                intensity,
            } => transactions(classes, *sample_rate, *total, *total_classes, *intensity),
        })
    }

    fn check(&self) -> Result<(), InvalidInput> {
        let (classes, sample_rate, intensity) = match self {
            Self::Full {
                classes,
                sample_rate,
                intensity,
            }
            | Self::Transactions {
                classes,
                sample_rate,
                intensity,
                ..
            } => (classes, *sample_rate, *intensity),
            Self::Projects { classes, sample_rate } => (classes, *sample_rate, 1.0),
        };
        if !(0.0..=1.0).contains(&sample_rate) {
            return Err(InvalidInput::SampleRate);
        }
        if !(0.0..=1.0).contains(&intensity) {
            return Err(InvalidInput::Intensity);
        }
        if classes.is_empty() {
            return Err(InvalidInput::NoClass);
        }
        if let Some(class) = classes
            .iter()
            .find(|class| !(class.count.is_finite() && class.count > 0.0))
        {
            return Err(InvalidInput::Count(class.id.clone()));
        }
        match self {
            Self::Transactions {
                total, total_classes, ..
            } if !total.is_finite() || *total < sum(classes) || *total_classes < classes.len() => {
                Err(InvalidInput::Total)
            }
            _ => Ok(()),
        }
    }
}

fn sum(classes: &[Class]) -> f64 {
    classes.iter().map(|class| class.count).sum()
}

fn full(classes: &[Class], sample_rate: f64, intensity: f64) -> Rates {
    let budget = sum(classes) * sample_rate;
    let explicit = share(classes, budget)
        .into_iter()
        .zip(classes)
        .map(|(ideal, class)| (class.id.clone(), mix(sample_rate, ideal, intensity)))
        .collect();
    Rates {
        explicit,
        implicit: sample_rate,
    }
}

/// Gives every class the same, from the smallest on: what one cannot use is left for the larger ones.
#[expect(clippy::cast_precision_loss, reason = "a number of classes is exact")]
fn share(classes: &[Class], mut budget: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by(|&one, &other| classes[one].count.total_cmp(&classes[other].count));
    let mut rates = vec![0.0; classes.len()];
    for (done, index) in order.into_iter().enumerate() {
        let count = classes[index].count;
        let samples = (budget / (classes.len() - done) as f64).min(count);
        budget -= samples;
        rates[index] = (samples / count).clamp(0.0, 1.0);
    }
    rates
}

#[expect(clippy::cast_precision_loss, reason = "a number of classes is exact")]
fn transactions(classes: &[Class], sample_rate: f64, total: f64, total_classes: usize, intensity: f64) -> Rates {
    let (known, budget) = (sum(classes), total * sample_rate);
    let others = total - known;
    if others <= 0.0 || total_classes == classes.len() {
        return full(classes, sample_rate, intensity);
    }
    // Each name is worth the same; what either side cannot use goes to the other.
    let wanted = budget * (classes.len() as f64 / total_classes as f64);
    let for_known = wanted.clamp((budget - others).max(0.0), known);
    let rest = ((budget - for_known) / others).clamp(0.0, 1.0);
    let explicit = share(classes, for_known)
        .into_iter()
        .zip(classes)
        .map(|(ideal, class)| (class.id.clone(), mix(sample_rate, ideal, intensity)))
        .collect();
    Rates {
        explicit,
        implicit: mix(sample_rate, rest, intensity),
    }
}

fn mix(plain: f64, ideal: f64, intensity: f64) -> f64 {
    plain + (ideal - plain) * intensity
}
