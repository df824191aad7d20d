//! `tocsin serve`: everything in one process.

use std::{convert::Infallible, io::Write as _, net::SocketAddr, sync::Arc, time::Duration};

use ingest::{
    IngestState,
    metrics::Metrics,
    processing::{self, Processor},
};
use model::{Node, SystemClock};
use services::{App, sdk_loader::SdkBundles, setup::FirstStart};
use spool::Spool;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    CommandError,
    config::Config,
    control::Control,
    health::Health,
    http_server,
    parts::{self, FolderLock, OpenError},
    tasks::TaskSet,
};

/// How long the stop may take in all, with a second left to the process manager's ten.
const STOP: Duration = Duration::from_secs(9);

/// The test clock's file is read this often.
const CLOCK_EVERY: Duration = Duration::from_millis(200);

/// How often the event index is looked after.
const TEND_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked whether there is a step to take.
const STEPS_EVERY: Duration = Duration::from_secs(1);

const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// How often the free space of the disk is looked at.
const DISK_EVERY: Duration = Duration::from_secs(5);

/// How often the thresholds of spike protection are found.
const SPIKES_EVERY: Duration = Duration::from_secs(3600);

pub(crate) async fn run(config: Config) -> Result<(), CommandError> {
    parts::data_folder(&config)?;
    let Some(_lock) = FolderLock::take(&config)? else {
        return Err(OpenError::Locked(config.data_dir.display().to_string()).into());
    };
    parts::raise_open_files();
    let listener = TcpListener::bind(config.address()).await.map_err(|error| {
        format!(
            "cannot listen on {}: {error}; set TOCSIN_LISTEN to another address",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let clock = parts::clock(&config);
    let app = parts::app(&config, clock.clone(), config.public_url(address), Node::SERVE).await?;
    if let Some(database) = parts::geo_database(&config)? {
        app.geo.get_or_init(|| database);
    }
    app.retention.get_or_init(|| parts::retention(&config));
    services::storage::set_disk(&app, parts::disk(&config)?);
    let bundles = SdkBundles::parse(&config.sdk_bundles)?;
    app.sdk_bundles.get_or_init(|| bundles);
    services::quotas::restore(&app).await?;
    let quarantine = parts::quarantine(&config)?;
    let spool = Arc::new(parts::spool(&config, &app, &quarantine).await?);
    let metrics = Arc::new(Metrics::default());
    let processor = Processor {
        app: app.clone(),
        spool: Arc::clone(&spool),
        quarantine: Arc::clone(&quarantine),
        metrics: Arc::clone(&metrics),
    };
    let worker = services::jobs::worker(&app);
    // The folder's lock says that no worker of before is there any more.
    worker.take_over().await?;
    let control = Control {
        app: app.clone(),
        clock: Arc::clone(&clock),
        spool: Arc::clone(&spool),
        quarantine,
    };
    let control_socket = Control::bind(&config, address)?;
    let ingest = IngestState::new(
        app.clone(),
        Arc::clone(&spool),
        Arc::clone(&metrics),
        config.ingest.clone(),
    );
    let router = router(&config, &app, ingest.clone(), &spool, &metrics);
    greet(address, &app, services::setup::first_start(&app).await?)?;

    let (accepting, processing_stop) = (CancellationToken::new(), CancellationToken::new());
    let mut server = TaskSet::default();
    server.spawn(
        "http",
        http_server::run(listener, router, config.limits.clone(), accepting.clone()),
    );
    let mut background = TaskSet::default();
    let refusals_stop = processing_stop.clone();
    background.spawn("processing", processor.clone().run(processing_stop.clone()));
    background.spawn("refusals", async move {
        ingest.write_refusals(refusals_stop).await;
        Ok::<_, Infallible>(())
    });
    background.spawn("control", control.run(control_socket, processing_stop.clone()));
    if !config.test_clock.as_os_str().is_empty() {
        tracing::warn!(file = %config.test_clock.display(), "the wall clock is moved by TOCSIN_TEST_CLOCK: for tests only");
        background.spawn("clock", follow_clock(clock, processing_stop.clone()));
    }
    background.spawn("expiry", expire(processor, processing_stop.clone()));
    background.spawn("purge", purge(app.clone(), processing_stop.clone()));
    background.spawn("disk", watch_disk(app.clone(), config.clone(), processing_stop.clone()));
    background.spawn("tend", tend(app.clone(), processing_stop.clone()));
    background.spawn("jobs", worker.run(processing_stop.clone()));
    background.spawn("steps", take_steps(app.clone(), processing_stop.clone()));
    background.spawn("spikes", find_spikes(app.clone(), processing_stop.clone()));
    background.spawn("rate limits", keep_rate_limits(app.clone(), processing_stop.clone()));
    background.spawn("quota notices", tell_of_quotas(app.clone(), processing_stop.clone()));

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let failure = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        failure = background.first_failure() => Some(failure),
        failure = server.first_failure() => Some(failure),
    };
    tracing::info!("stopping: no more requests are accepted, what was accepted is processed");
    let orderly = async {
        accepting.cancel();
        server.finish().await?;
        processing_stop.cancel();
        background.finish().await?;
        spool.close().await;
        app.store.close().await;
        Ok::<(), CommandError>(())
    };
    let stopped = tokio::select! {
        stopped = tokio::time::timeout(STOP, orderly) => stopped,
        _ = terminate.recv() => return Err("stopped at once by a second signal".into()),
        _ = interrupt.recv() => return Err("stopped at once by a second signal".into()),
    };
    match (failure, stopped) {
        (Some(failure), _) => Err(failure.into()),
        (None, Ok(result)) => result,
        // The spool holds what was accepted; the next start goes on with it.
        (None, Err(_)) => {
            tracing::warn!("not all that was accepted could be processed in time; the next start goes on with it");
            Ok(())
        }
    }
}

fn router(config: &Config, app: &App, ingest: IngestState, spool: &Arc<Spool>, metrics: &Arc<Metrics>) -> axum::Router {
    let health = Health::new(
        app.clone(),
        Arc::clone(spool),
        Arc::clone(metrics),
        config.spool.max_bytes,
    );
    let pages = httpkit::around_api(api::routes().into_router(), app)
        .merge(web::routes().into_router())
        .with_state(app.clone());
    ingest::routes(ingest).merge(health.routes()).merge(pages)
}

/// What a person sees at the start; the real address is the first line, which scripts read.
fn greet(address: SocketAddr, app: &App, first: Option<FirstStart>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "Tocsin listens on http://{address}")?;
    if app.url.as_str() != format!("http://{address}") {
        writeln!(out, "and is reached as {}", app.url)?;
    }
    if let Some(FirstStart { email, password, dsn }) = first {
        writeln!(
            out,
            "
This is the first start. Sign in with
    e-mail    {email}
    password  {password}
(the password is shown only now)

DSN of the project `first`:
    {dsn}

In Python, after `pip install sentry-sdk`:
    import sentry_sdk
    sentry_sdk.init(\"{dsn}\")
    1 / 0
"
        )?;
    }
    out.flush()
}

async fn follow_clock(clock: Arc<SystemClock>, stop: CancellationToken) -> Result<(), Infallible> {
    while !pause(CLOCK_EVERY, &stop).await {
        clock.reload();
    }
    Ok(())
}

async fn expire(processor: Processor, stop: CancellationToken) -> Result<(), Infallible> {
    while !pause(EXPIRE_EVERY, &stop).await {
        if let Err(error) = services::housekeeping::expire(&processor.app).await {
            tracing::error!(error = %error, "what has expired could not be removed");
        }
        if let Err(error) = processing::expire(&processor).await {
            tracing::error!(error = %error, "the quarantine could not be cleared of what has expired");
        }
    }
    Ok(())
}

/// Removes the rows of what was deleted, at the start too: a stop may have come between.
async fn purge(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    loop {
        match services::housekeeping::purge_step(&app).await {
            Ok(true) => {
                // Lets events through between two steps.
                if pause(Duration::from_millis(5), &stop).await {
                    return Ok(());
                }
                continue;
            }
            Ok(false) => {}
            Err(error) => tracing::error!(error = %error, "deleted rows could not be removed"),
        }
        tokio::select! {
            () = services::housekeeping::wait_for_purge(&app) => {}
            () = tokio::time::sleep(EXPIRE_EVERY) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

/// Measures how much of the disk is free: what is taken depends on it.
async fn watch_disk(app: App, config: Config, stop: CancellationToken) -> Result<(), Infallible> {
    while !pause(DISK_EVERY, &stop).await {
        match parts::disk(&config) {
            Ok(disk) => services::storage::set_disk(&app, disk),
            Err(error) => tracing::error!(error = %error, "the disk of the data folder cannot be measured"),
        }
    }
    Ok(())
}

/// Merges and closes parts of the event index, whenever there is something to do.
async fn tend(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    loop {
        let wait = match services::housekeeping::tend(&app).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => TEND_EVERY,
            Err(error) => {
                tracing::error!(error = %error, "the upkeep of the event index failed");
                EXPIRE_EVERY
            }
        };
        if pause(wait, &stop).await {
            return Ok(());
        }
    }
}

/// Does what goes on in steps, whenever there is something.
async fn take_steps(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    loop {
        let wait = match services::jobs::step(&app).await {
            // Lets events through between two steps.
            Ok(true) => Duration::from_millis(5),
            Ok(false) => STEPS_EVERY,
            Err(error) => {
                tracing::error!(error = %error, "a step failed; it is tried again");
                EXPIRE_EVERY
            }
        };
        if pause(wait, &stop).await {
            return Ok(());
        }
    }
}

/// Finds the thresholds of spike protection, which are not stored.
async fn find_spikes(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    loop {
        if let Err(error) = services::quotas::find_spikes(&app).await {
            tracing::error!(error = %error, "the thresholds of spike protection could not be found");
        }
        if pause(SPIKES_EVERY, &stop).await {
            return Ok(());
        }
    }
}

/// Keeps the counts of rate limits now and then, and at the stop.
async fn keep_rate_limits(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    loop {
        let stopped = pause(services::quotas::SAVE_EVERY, &stop).await;
        if let Err(error) = services::quotas::save(&app).await {
            tracing::error!(error = %error, "the counts of rate limits could not be kept");
        }
        if stopped {
            return Ok(());
        }
    }
}

/// Tells of limits that drop events: of new ones at once, of floods that are over in time; and at the stop.
async fn tell_of_quotas(app: App, stop: CancellationToken) -> Result<(), Infallible> {
    loop {
        let stopped = tokio::select! {
            () = services::quotas::wait_for_news(&app) => false,
            stopped = pause(services::quotas::SAVE_EVERY, &stop) => stopped,
        };
        if let Err(error) = services::quotas::tell(&app).await {
            tracing::error!(error = %error, "nobody could be told of limits that were reached; it is tried again");
        }
        if stopped {
            return Ok(());
        }
    }
}

/// Waits; `true` when the stop came.
async fn pause(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => false,
        () = stop.cancelled() => true,
    }
}
