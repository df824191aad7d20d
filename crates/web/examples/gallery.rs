//! Writes every sample page as a file, with the assets beside it, so that they can be looked at in a browser:
//! `cargo run -p tocsin-web --example gallery -- FOLDER [light|dark]`.

use std::{error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("say which folder to write to")?);
    let theme = arguments.next().unwrap_or_else(|| "auto".to_owned());
    fs::create_dir_all(folder.join("assets"))?;
    for (name, bytes) in web::gallery::assets() {
        fs::write(folder.join("assets").join(name), bytes)?;
    }
    for sample in web::gallery::samples() {
        let html = sample.html.replace("\"/assets/", "\"assets/");
        let html = html.replace("data-theme=\"auto\"", &format!("data-theme=\"{theme}\""));
        fs::write(folder.join(format!("{}.html", sample.name)), html)?;
    }
    Ok(())
}
