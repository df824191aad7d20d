//! `tocsin setup`: works on the database, whether a server runs or not.

use model::Node;
use services::setup::{SetupAnswer, SetupRequest};

use crate::{CommandError, config::Config, parts};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// Slug of the organization
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Slug of the project
    #[arg(long, value_name = "SLUG")]
    project: String,
    /// E-mail of the user, who becomes an owner of the organization
    #[arg(long)]
    email: String,
    /// Password of the user, if there is none with this e-mail
    #[arg(long)]
    password: String,
    /// Platform of the project, as python or javascript-react
    #[arg(long)]
    platform: Option<String>,
    /// Id of the project, to keep the DSN of an installation that is being replaced
    #[arg(long, value_name = "N")]
    project_id: Option<i64>,
    /// Public key of the project, 32 hex digits, for the same
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(config: Config, arguments: Arguments) -> Result<(), CommandError> {
    parts::data_folder(&config)?;
    let address = crate::control::served_address(&config).unwrap_or_else(|| config.address());
    let node = Node::other(std::process::id());
    let app = parts::app(&config, parts::clock(&config), config.public_url(address), node).await?;
    let request = SetupRequest {
        organization: arguments.org,
        project: arguments.project,
        email: arguments.email,
        password: arguments.password,
        platform: arguments.platform,
        project_id: arguments.project_id,
        public_key: arguments.public_key,
    };
    let result = services::setup::run(&app, &request).await;
    app.store.close().await;
    print(&result?, arguments.json)
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn print(answer: &SetupAnswer, json: bool) -> Result<(), CommandError> {
    if json {
        println!("{}", serde_json::to_string(answer)?);
        return Ok(());
    }
    println!("address   {}", answer.url);
    println!("project   {}/{}", answer.organization, answer.project);
    println!("login     {}", answer.email);
    println!("DSN       {}", answer.dsn);
    println!("API token {}", answer.auth_token);
    Ok(())
}
