//! What is kept, how fast it grows, and when the disk is full.

use std::{collections::BTreeMap, time::Duration};

use model::Timestamp;
use query::Dataset;
use store::{
    events::Day,
    storage::{self, StorageSample},
};

use crate::App;

use super::{
    disk::{Disk, Pressure},
    retention::ExpireError,
};

/// Growth is told from so much time at least: what one busy hour brings says nothing about a week.
const SHORTEST_HISTORY: Duration = Duration::from_secs(24 * 3600);

/// Growth is told from so much time at most.
const HISTORY: Duration = Duration::from_secs(7 * 24 * 3600);

/// Samples are kept for so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The event index of one dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetSize {
    pub dataset: Dataset,
    pub rows: u64,
    pub bytes: u64,
    pub oldest: Day,
    pub days: usize,
    /// Days that could not be read and were moved aside.
    pub damaged: Vec<Day>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct StorageReport {
    /// Those that have rows.
    pub datasets: Vec<DatasetSize>,
    pub database_bytes: u64,
    pub blob_bytes: u64,
    pub disk: Disk,
    pub pressure: Pressure,
    /// Bytes a day over the last week; `None` until there is a day to tell it from.
    pub growth: Option<f64>,
    /// When the floor is reached if it grows on like that; `None` where it does not grow.
    pub full_at: Option<Timestamp>,
}

impl StorageReport {
    /// Of everything.
    pub fn bytes(&self) -> u64 {
        let index: u64 = self.datasets.iter().map(|size| size.bytes).sum();
        index + self.database_bytes + self.blob_bytes
    }
}

pub async fn report(app: &App) -> Result<StorageReport, ExpireError> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let samples = storage::samples(&mut db, now - HISTORY).await?;
    let blob_bytes = storage::blob_bytes(&mut db).await?;
    drop(db);
    let growth = growth(&samples);
    let disk = app.disk.disk();
    Ok(StorageReport {
        datasets: datasets(app).await?,
        database_bytes: storage::database_bytes(&app.store).await?,
        blob_bytes,
        disk,
        pressure: app.disk.pressure(),
        growth,
        full_at: full_at(now, disk, growth),
    })
}

async fn datasets(app: &App) -> Result<Vec<DatasetSize>, ExpireError> {
    let index = app.events.clone();
    let work = tokio::task::spawn_blocking(move || index.days());
    let mut sizes: BTreeMap<Dataset, DatasetSize> = BTreeMap::new();
    for info in work.await.expect("reading folders does not panic")? {
        let size = sizes.entry(info.dataset).or_insert(DatasetSize {
            dataset: info.dataset,
            rows: 0,
            bytes: 0,
            oldest: info.day,
            days: 0,
            damaged: Vec::new(),
        });
        size.rows += info.rows;
        size.bytes += info.bytes;
        size.oldest = size.oldest.min(info.day);
        if info.damaged {
            size.damaged.push(info.day);
        } else {
            size.days += 1;
        }
    }
    Ok(sizes.into_values().collect())
}

/// Notes how much there is. To be called every hour.
pub async fn sample(app: &App) -> Result<(), ExpireError> {
    let (report, at) = (report(app).await?, app.now());
    let bytes = i64::try_from(report.bytes()).unwrap_or(i64::MAX);
    let mut tx = app.store.begin().await?;
    storage::add_sample(&mut tx, StorageSample { at, bytes }).await?;
    storage::delete_samples_before(&mut tx, at - KEPT).await?;
    tx.commit().await?;
    Ok(())
}

/// The slope of the line through the samples (least squares), in bytes a day.
fn growth(samples: &[StorageSample]) -> Option<f64> {
    let (first, last) = (samples.first()?, samples.last()?);
    if last.at.since(first.at) < SHORTEST_HISTORY {
        return None;
    }
    let points = samples.iter().map(|sample| {
        let days = sample.at.since(first.at).as_secs_f64() / 86_400.0;
        (days, sample.bytes as f64)
    });
    let count = samples.len() as f64;
    let (sum_x, sum_y) = points
        .clone()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (over, under) = points.fold((0.0, 0.0), |(over, under), (x, y)| {
        (over + (x - mean_x) * (y - mean_y), under + (x - mean_x).powi(2))
    });
    (under > 0.0).then(|| over / under)
}

/// When the floor is reached.
fn full_at(now: Timestamp, disk: Disk, growth: Option<f64>) -> Option<Timestamp> {
    let growth = growth.filter(|growth| *growth > 0.0)?;
    let room = disk.free_bytes.saturating_sub(disk.floor_bytes) as f64;
    let days = room / growth;
    // Nobody plans for what is ten years away.
    (days < 3_650.0).then(|| now + Duration::from_secs_f64(days * 86_400.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn samples(of: &[(i64, i64)]) -> Vec<StorageSample> {
        let sample = |(hour, bytes): &(i64, i64)| StorageSample {
            at: Timestamp(hour * DAY / 24),
            bytes: *bytes,
        };
        of.iter().map(sample).collect()
    }

    #[test]
    fn growth_is_the_slope() {
        assert_eq!(growth(&samples(&[(0, 100), (12, 200), (24, 300)])), Some(200.0));
        assert_eq!(growth(&samples(&[(0, 300), (48, 100)])), Some(-100.0));
        assert_eq!(growth(&samples(&[(0, 100), (23, 300)])), None, "less than a day");
        assert_eq!(growth(&[]), None);
    }

    #[test]
    fn the_disk_is_full_when_the_floor_is_reached() {
        let disk = Disk {
            free_bytes: 1_000,
            total_bytes: 5_000,
            floor_bytes: 400,
        };
        assert_eq!(full_at(Timestamp(0), disk, Some(200.0)), Some(Timestamp(3 * DAY)));
        assert_eq!(full_at(Timestamp(0), disk, Some(-1.0)), None);
        assert_eq!(full_at(Timestamp(0), disk, Some(0.1)), None, "in ten years");
        assert_eq!(full_at(Timestamp(0), disk, None), None);
    }
}
