//! CODEOWNERS files of a project: pasted on the page of its ownership rules, and taken away there.

use std::collections::BTreeMap;

use axum::response::Response;
use httpkit::{ApiError, CsrfForm, PathParams, ProjectAccess, scopes::ProjectWrite};
use model::CodeownersId;
use serde::Deserialize;
use services::{
    ownership::{self, OwnershipError},
    settings::Problem,
};
use triage::ownership::Codeowners;

use super::{ownership::page_with_file, refused, saved};
use crate::{
    form::{FormErrors, NoFields, lines, typed},
    urls::Section,
    visit::Visit,
};

/// A file that is to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct FileForm {
    /// The whole of it.
    pub(super) codeowners: String,
    /// A folder of the repository, and what it is called in stack traces.
    pub(super) source_root: String,
    pub(super) stack_root: String,
    /// A name of the file and whom it means a line: `@acme/web #web`.
    pub(super) names: String,
}

const LONGEST_ROOT: usize = 500;
const LONGEST_OWNER: usize = 200;
const MOST_NAMES: usize = 1_000;

impl FileForm {
    fn file(&self) -> Result<Codeowners, FormErrors> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, line: Option<usize>, message: &str| {
            wrong.push(Problem {
                field: field.to_owned(),
                line,
                column: None,
                message: message.to_owned(),
            });
        };
        if self.codeowners.trim().is_empty() {
            refuse("codeowners", None, "paste what stands in the file");
        }
        for (field, root) in [("source_root", &self.source_root), ("stack_root", &self.stack_root)] {
            if root.len() > LONGEST_ROOT {
                refuse(field, None, "a folder may have 500 characters");
            }
        }
        let mut names = BTreeMap::new();
        for (index, line) in lines(&self.names).iter().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [name, owner] if owner.len() <= LONGEST_OWNER => {
                    names.insert((*name).to_owned(), (*owner).to_owned());
                }
                _ => refuse(
                    "names",
                    Some(index + 1),
                    "write a name of the file and whom it means: @acme/web #web",
                ),
            }
        }
        if names.len() > MOST_NAMES {
            refuse("names", None, "there may be 1,000 names");
        }
        if !wrong.is_empty() {
            return Err(FormErrors::of_problems(&wrong, str::to_owned));
        }
        Ok(Codeowners {
            raw: typed(&self.codeowners),
            source_root: self.source_root.trim().to_owned(),
            stack_root: self.stack_root.trim().to_owned(),
            names,
        })
    }
}

/// `POST /organizations/{organization}/projects/{project}/settings/ownership/codeowners/`
pub(crate) async fn add(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    CsrfForm { form, .. }: CsrfForm<FileForm>,
) -> Result<Response, ApiError> {
    let scope = access.scope;
    let made = match form.file() {
        Ok(file) => ownership::create_codeowners(&visit.app, &scope, file).await,
        Err(errors) => return Ok(refused(page_with_file(&visit, &scope, form, errors).await?)),
    };
    let message = match made {
        Ok(_) => return Ok(saved(&visit, &scope, Section::Ownership)),
        Err(OwnershipError::TooLarge) => "The file is larger than 1 MB.",
        Err(OwnershipError::TooMany) => "The project has 20 files: delete one of them first.",
        Err(OwnershipError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(ApiError::bad_request(error)),
    };
    let errors = FormErrors::one("codeowners", message);
    Ok(refused(page_with_file(&visit, &scope, form, errors).await?))
}

/// `POST /organizations/{organization}/projects/{project}/settings/ownership/codeowners/{codeowners}/delete/`
pub(crate) async fn remove(
    visit: Visit,
    access: ProjectAccess<ProjectWrite>,
    path: PathParams,
    _: CsrfForm<NoFields>,
) -> Result<Response, ApiError> {
    let id: CodeownersId = path.get("codeowners")?.parse().map_err(|_| ApiError::not_found())?;
    ownership::delete_codeowners(&visit.app, &access.scope, id).await?;
    Ok(saved(&visit, &access.scope, Section::Ownership))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_line_by_line() {
        let form = |names: &str| FileForm {
            codeowners: "*.py @acme/web\r\n".to_owned(),
            source_root: " backend/ ".to_owned(),
            names: names.to_owned(),
            ..FileForm::default()
        };
        let file = form("@acme/web  #web\r\n\r\n@ada ada@example.com\r\n").file().unwrap();
        assert_eq!(
            (file.raw.as_str(), file.source_root.as_str()),
            ("*.py @acme/web\n", "backend/")
        );
        let names = [("@acme/web", "#web"), ("@ada", "ada@example.com")];
        assert_eq!(
            file.names,
            BTreeMap::from(names.map(|(name, owner)| (name.to_owned(), owner.to_owned())))
        );
        for (wrong, line) in [("@ada", "Line 1"), ("@ada a@b.example\n@a b c", "Line 2")] {
            let errors = form(wrong).file().unwrap_err();
            assert!(errors.of("names").starts_with(line), "{}", errors.of("names"));
        }
        assert!(FileForm::default().file().unwrap_err().has("codeowners"));
    }
}
