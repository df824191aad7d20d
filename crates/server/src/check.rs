//! `tocsin check`: settings and storage, each with what to do when it is wrong.

use model::Node;
use store::{Store, StoreConfig};

use crate::{
    CommandError,
    config::Config,
    control,
    parts::{self, FolderLock},
};

/// Settings were read before this runs: a mistake in them has ended the command already.
#[expect(clippy::print_stdout, reason = "this is what the command is for")]
pub(crate) async fn run(config: Config) -> Result<(), CommandError> {
    let mut wrong = 0;
    let mut say = |part: &str, result: Result<String, String>| match result {
        Ok(state) => println!("ok     {part}: {state}"),
        Err(problem) => {
            wrong += 1;
            println!("wrong  {part}: {problem}");
        }
    };
    say(
        "settings",
        Ok(format!(
            "listen {}, url {}",
            config.listen,
            config.public_url(config.address())
        )),
    );
    say("data folder", data_folder(&config));
    say("server", server(&config));
    say("database", database(&config).await);
    say("quarantine", quarantine(&config));
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} of the parts above must be mended").into())
    }
}

fn data_folder(config: &Config) -> Result<String, String> {
    let folder = config.data_dir.display();
    parts::data_folder(config).map_err(|error| format!("{error}: create {folder} or set TOCSIN_DATA_DIR"))?;
    let probe = config.data_dir.join("check");
    std::fs::write(&probe, b"x")
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| format!("cannot write to {folder} ({error}): give this user the right to it"))?;
    let space = rustix::fs::statvfs(&config.data_dir).map_err(|error| error.to_string())?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    if free < config.spool.max_bytes / 4 {
        return Err(format!(
            "only {} MiB are free in {folder}: make room or lower spool.max_bytes",
            free >> 20
        ));
    }
    Ok(format!("{folder}, {} MiB free", free >> 20))
}

fn server(config: &Config) -> Result<String, String> {
    match FolderLock::take(config) {
        Ok(Some(_)) => match std::net::TcpListener::bind(config.address()) {
            Ok(_) => Ok("not running, the address is free".to_owned()),
            Err(error) => Err(format!(
                "cannot listen on {} ({error}): set TOCSIN_LISTEN to another",
                config.listen
            )),
        },
        Ok(None) => {
            let address = control::served_address(config).map_or_else(String::new, |address| format!(" on {address}"));
            Ok(format!("running{address}"))
        }
        Err(error) => Err(error.to_string()),
    }
}

async fn database(config: &Config) -> Result<String, String> {
    let hint = "look at TOCSIN_DATABASE_URL, and whether that server runs";
    let wait = std::time::Duration::from_secs(3);
    let store = Store::open(&StoreConfig {
        wait,
        ..StoreConfig::new(config.database_url())
    })
    .await
    .map_err(|error| format!("{error}: {hint}"))?;
    let blobs = parts::blobs(config, &store).map_err(|error| error.to_string())?;
    let app = services::AppState::new(
        store,
        blobs,
        parts::events(config).map_err(|error| error.to_string())?,
        parts::clock(config),
        config.public_url(config.address()),
        Node::other(std::process::id()),
    )
    .await;
    let app = app.map_err(|error| format!("{error}: {hint}"))?;
    let backend = app.store.backend();
    let first = services::users::none_exists(&app)
        .await
        .map_err(|error| error.to_string())?;
    app.store.close().await;
    Ok(format!(
        "{backend}, the schema is up to date{}",
        if first { ", no user yet" } else { "" }
    ))
}

fn quarantine(config: &Config) -> Result<String, String> {
    let quarantine = parts::quarantine(config).map_err(|error| error.to_string())?;
    Ok(match quarantine.count() {
        0 => "empty".to_owned(),
        count => format!("{count} entries wait: see `tocsin quarantine list`"),
    })
}
