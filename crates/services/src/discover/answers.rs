//! Answers are kept for a minute: charts and tables are asked for again by every reload and every viewer.

use std::{
    collections::HashMap,
    mem::size_of,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use model::Timestamp;
use sha2::{Digest as _, Sha256};
use store::events::{Cell, Facet, QuestionError, SeriesAnswer, Table, Values};

use super::DiscoverError;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(60);

/// An answer that took at least this long to find is also given when the index has changed since: for [`REST`] times
/// what it took, and [`STALEST`] at most. Others are asked for again, so that new events show at once.
const COSTLY: Duration = Duration::from_secs(1);
const REST: u32 = 10;
const STALEST: Duration = Duration::from_secs(10);

const MOST_ANSWERS: usize = 256;
const MOST_BYTES: usize = 16 << 20;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Table(Table),
    Series(SeriesAnswer),
    Facets(Vec<Facet>),
    Values(Values),
}

/// What tells questions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// Of all that the answer depends on but the index: questions are equal when they are written alike.
    pub(super) fn of(question: &impl std::fmt::Debug) -> Self {
        Self(Sha256::digest(format!("{question:?}")).into())
    }
}

#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<HashMap<Key, Place>>);

/// The place of one answer. Who asks the same question at the same time waits here for the one who asked first.
#[derive(Debug, Default)]
struct Place {
    answer: Arc<tokio::sync::Mutex<Option<Kept>>>,
    bytes: usize,
    used_at: Timestamp,
}

#[derive(Debug)]
struct Kept {
    /// A question that is too large is not asked again either.
    answer: Result<Arc<Answer>, TooLarge>,
    at: Timestamp,
    found: Instant,
    took: Duration,
    /// The state of the index.
    changes: u64,
}

#[derive(Debug, Clone, Copy)]
enum TooLarge {
    Time(u64),
    Memory,
}

impl From<TooLarge> for DiscoverError {
    fn from(error: TooLarge) -> Self {
        Self::Question(match error {
            TooLarge::Time(seconds) => QuestionError::Time(seconds),
            TooLarge::Memory => QuestionError::Memory,
        })
    }
}

impl Kept {
    fn serves(&self, now: Timestamp, changes: u64) -> bool {
        let unchanged = self.changes == changes;
        let tolerable = self.took >= COSTLY && self.found.elapsed() < STALEST.min(self.took * REST);
        now.since(self.at) < KEPT && (unchanged || tolerable)
    }
}

impl Answers {
    /// The answer that is kept, or that `find` finds; `changes` counts the changes of the index.
    pub(super) async fn get(
        &self,
        key: Key,
        now: Timestamp,
        changes: u64,
        find: impl Future<Output = Result<Answer, DiscoverError>>,
    ) -> Result<Arc<Answer>, DiscoverError> {
        let place = self.place(key, now);
        let mut kept = place.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.serves(now, changes)) {
            return Ok(kept.answer.clone()?);
        }
        let began = Instant::now();
        let answer = match find.await {
            Ok(answer) => Ok(Arc::new(answer)),
            Err(DiscoverError::Question(QuestionError::Time(seconds))) => Err(TooLarge::Time(seconds)),
            Err(DiscoverError::Question(QuestionError::Memory)) => Err(TooLarge::Memory),
            Err(error) => return Err(error),
        };
        let bytes = answer.as_ref().map_or(0, |answer| answer.bytes());
        let fits = bytes <= MOST_BYTES / 4;
        *kept = fits.then(|| Kept {
            answer: answer.clone(),
            at: now,
            found: Instant::now(),
            took: began.elapsed(),
            changes,
        });
        drop(kept);
        drop(place);
        self.weigh(key, if fits { bytes } else { 0 });
        Ok(answer?)
    }

    fn place(&self, key: Key, now: Timestamp) -> Arc<tokio::sync::Mutex<Option<Kept>>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(key).or_default();
        place.used_at = now;
        Arc::clone(&place.answer)
    }

    /// Notes how large an answer is, and lets go of those that were not asked for longest when there are too many.
    fn weigh(&self, key: Key, bytes: usize) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get_mut(&key) {
            place.bytes = bytes;
        }
        let mut total: usize = places.values().map(|place| place.bytes).sum();
        while places.len() > MOST_ANSWERS || total > MOST_BYTES {
            // One that somebody waits for stays.
            let idle = places.iter().filter(|(_, place)| Arc::strong_count(&place.answer) == 1);
            let Some((oldest, _)) = idle
                .min_by_key(|(_, place)| place.used_at)
                .map(|(key, place)| (*key, place))
            else {
                return;
            };
            total -= places.remove(&oldest).map_or(0, |place| place.bytes);
        }
    }
}

/// A key holds the kind of its question, so an answer is of the kind that was asked for.
const KIND: &str = "the answer to a question of another kind";

impl Answer {
    pub(super) fn table(&self) -> &Table {
        match self {
            Self::Table(table) => table,
            _ => unreachable!("{KIND}"),
        }
    }

    pub(super) fn series(&self) -> &SeriesAnswer {
        match self {
            Self::Series(series) => series,
            _ => unreachable!("{KIND}"),
        }
    }

    pub(super) fn facets(&self) -> &[Facet] {
        match self {
            Self::Facets(facets) => facets,
            _ => unreachable!("{KIND}"),
        }
    }

    pub(super) fn values(&self) -> &Values {
        match self {
            Self::Values(values) => values,
            _ => unreachable!("{KIND}"),
        }
    }

    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        match self {
            Self::Table(table) => table.rows.iter().flatten().map(cell_bytes).sum(),
            Self::Series(answer) => {
                let series = answer.groups.iter().chain(&answer.other);
                let points: usize = series.flat_map(|series| &series.values).map(Vec::len).sum();
                points * size_of::<Option<f64>>()
            }
            Self::Facets(facets) => facets
                .iter()
                .map(|facet| {
                    size_of::<Facet>() + facet.values.iter().map(|value| 64 + value.value.len()).sum::<usize>()
                })
                .sum(),
            Self::Values(values) => values.values.iter().map(|value| 64 + value.value.len()).sum(),
        }
    }
}

fn cell_bytes(cell: &Cell) -> usize {
    let text = match cell {
        Cell::Text(text) => text.len(),
        Cell::Texts(texts) => texts.iter().map(|text| size_of::<String>() + text.len()).sum(),
        _ => 0,
    };
    size_of::<Cell>() + text
}

#[cfg(test)]
mod tests {
    use std::cell::Cell as Counter;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_228_837_000_000);

    fn text(length: usize) -> Answer {
        Answer::Table(Table {
            rows: vec![vec![Cell::Text("x".repeat(length))]],
            more: false,
        })
    }

    /// Answers, and how often one had to be found.
    #[derive(Default)]
    struct Asker {
        answers: Answers,
        found: Counter<usize>,
    }

    impl Asker {
        async fn ask(&self, question: &str, now: Timestamp, changes: u64) -> Result<Arc<Answer>, DiscoverError> {
            self.ask_for(question, now, changes, Ok(text(10))).await
        }

        async fn ask_for(
            &self,
            question: &str,
            now: Timestamp,
            changes: u64,
            answer: Result<Answer, DiscoverError>,
        ) -> Result<Arc<Answer>, DiscoverError> {
            let find = async {
                self.found.set(self.found.get() + 1);
                tokio::task::yield_now().await;
                answer
            };
            self.answers.get(Key::of(&question), now, changes, find).await
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_minute_while_nothing_changes() {
        let asker = Asker::default();
        let at = |seconds| NOW + Duration::from_secs(seconds);
        for (question, seconds, changes, found) in [
            ("a", 0, 1, 1),
            ("a", 59, 1, 1),
            ("b", 59, 1, 2),
            ("a", 60, 1, 3),
            ("a", 61, 2, 4),
            ("a", 61, 2, 4),
        ] {
            asker.ask(question, at(seconds), changes).await.unwrap();
            assert_eq!(asker.found.get(), found, "{question} {seconds} {changes}");
        }
    }

    #[tokio::test]
    async fn who_asks_at_the_same_time_waits_for_one_answer() {
        let asker = Asker::default();
        let (one, other) = tokio::join!(asker.ask("a", NOW, 1), asker.ask("a", NOW, 1));
        assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
        assert_eq!(asker.found.get(), 1);
        // Who goes away keeps nobody waiting.
        {
            let asked = asker.ask("b", NOW, 1);
            tokio::pin!(asked);
            tokio::select! {
                biased;
                _ = &mut asked => panic!("it waits"),
                () = std::future::ready(()) => {}
            }
        }
        asker.ask("b", NOW, 1).await.unwrap();
        assert_eq!(asker.found.get(), 3);
    }

    #[tokio::test]
    async fn too_large_a_question_is_refused_again_and_other_failures_are_tried_again() {
        let asker = Asker::default();
        let too_large = || Err(DiscoverError::Question(QuestionError::Memory));
        for _ in 0..2 {
            let refused = asker.ask_for("a", NOW, 1, too_large()).await;
            assert!(matches!(refused, Err(DiscoverError::Question(QuestionError::Memory))));
            assert_eq!(asker.found.get(), 1);
        }
        let busy = asker.ask_for("b", NOW, 1, Err(DiscoverError::TooManyAtOnce(10))).await;
        assert!(matches!(busy, Err(DiscoverError::TooManyAtOnce(10))));
        assert!(asker.ask("b", NOW, 1).await.is_ok());
    }

    #[tokio::test]
    async fn a_bounded_number_of_bytes_and_answers_is_kept() {
        let asker = Asker::default();
        for number in 0..MOST_ANSWERS * 2 {
            let now = NOW + Duration::from_millis(u64::try_from(number).unwrap());
            asker.ask(&number.to_string(), now, 1).await.unwrap();
        }
        let kept = |asker: &Asker| asker.answers.0.lock().unwrap().len();
        assert_eq!(kept(&asker), MOST_ANSWERS);
        let large = || Ok(text(MOST_BYTES / 5));
        for number in 0..8 {
            asker
                .ask_for(&format!("large {number}"), NOW + KEPT, 1, large())
                .await
                .unwrap();
        }
        let bytes: usize = asker.answers.0.lock().unwrap().values().map(|place| place.bytes).sum();
        assert!(bytes <= MOST_BYTES && kept(&asker) < MOST_ANSWERS, "{bytes}");
        // One that would leave no room for others is not kept.
        let found = asker.found.get();
        for _ in 0..2 {
            asker.ask_for("huge", NOW, 1, Ok(text(MOST_BYTES / 2))).await.unwrap();
        }
        assert_eq!(asker.found.get(), found + 2);
    }
}
