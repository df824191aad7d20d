//! `tocsin option`: options of the installation, whether a server runs or not. One that runs sees a change within ten
//! seconds.

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use model::Node;
use serde_json::Value;
use services::{
    App,
    access::Actor,
    options::{self, Definition, OptionChannel, Reader, Setting, Target},
};

use crate::{CommandError, config::Config, parts};

#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum Command {
    /// List all options with their values; `*` marks those that are set
    List,
    /// Set an option; the value is JSON, or else a text
    Set { name: String, value: String },
    /// Let the default hold again
    Unset { name: String },
    /// Set all options that a TOML file names, but none that somebody has set by another way
    Apply { file: PathBuf },
}

pub(crate) async fn run(config: Config, command: Command) -> Result<(), CommandError> {
    parts::data_folder(&config)?;
    let address = crate::control::served_address(&config).unwrap_or_else(|| config.address());
    let node = Node::other(std::process::id());
    let app = parts::app(&config, parts::clock(&config), config.public_url(address), node).await?;
    let said = act(&app, command).await;
    app.store.close().await;
    writeln!(std::io::stdout(), "{}", said?)?;
    Ok(())
}

async fn act(app: &App, command: Command) -> Result<String, CommandError> {
    match command {
        Command::List => list(app).await,
        Command::Set { name, value } => {
            let value = serde_json::from_str(&value).unwrap_or(Value::String(value));
            set(app, OptionChannel::Cli, &name, &value).await?;
            Ok(format!("{name} is {value}"))
        }
        Command::Unset { name } => {
            let actor = Actor::command();
            options::unset(app, setting(&actor, OptionChannel::Cli), known(&name)?).await?;
            Ok(format!("{name} has its default"))
        }
        Command::Apply { file } => apply(app, &file).await,
    }
}

async fn list(app: &App) -> Result<String, CommandError> {
    let mut text = String::new();
    for state in options::list(app, Target::System, Reader::default()).await? {
        let mark = if state.is_set { "*" } else { " " };
        let value = state
            .value
            .map_or_else(|| "(not shown)".to_owned(), |value| value.to_string());
        writeln!(text, "{mark} {} = {value}", state.name)?;
    }
    text.truncate(text.trim_end().len());
    Ok(text)
}

/// Each one that cannot be set is said, and the others are set all the same.
async fn apply(app: &App, file: &std::path::Path) -> Result<String, CommandError> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let wanted: std::collections::BTreeMap<String, Value> = toml::from_str(&text)?;
    let mut problems = Vec::new();
    for (name, value) in &wanted {
        let done = set(app, OptionChannel::Automator, name, value).await;
        problems.extend(done.err().map(|error| format!("{name}: {error}")));
    }
    if problems.is_empty() {
        Ok(format!("{} options are as {} says", wanted.len(), file.display()))
    } else {
        Err(problems.join("\n").into())
    }
}

async fn set(app: &App, channel: OptionChannel, name: &str, value: &Value) -> Result<(), CommandError> {
    let actor = Actor::command();
    Ok(options::set(app, setting(&actor, channel), known(name)?, value).await?)
}

fn setting(actor: &Actor, channel: OptionChannel) -> Setting<'_> {
    Setting {
        actor,
        organization: None,
        target: Target::System,
        channel,
    }
}

fn known(name: &str) -> Result<&'static Definition, CommandError> {
    options::find(name).ok_or_else(|| format!("there is no option {name:?}: `tocsin option list` lists them").into())
}
