//! The newer names of alert rules: a workflow is an issue alert rule, a detector what it looks at.

use httpkit::Routes;

use super::ORGANIZATION;
use crate::{detectors, workflows};

pub(super) fn routes() -> Routes {
    let workflow = |path: &str| format!("{ORGANIZATION}/workflows/{path}");
    let detector = |path: &str| format!("{ORGANIZATION}/detectors/{path}");
    Routes::api()
        .get(detector(""), detectors::list)
        .put(detector(""), detectors::enable_all)
        .delete(detector(""), detectors::delete_all)
        .get(detector("{detector}/"), detectors::show)
        .put(detector("{detector}/"), detectors::update)
        .delete(detector("{detector}/"), detectors::delete)
        .post(
            format!("{ORGANIZATION}/projects/{{project}}/detectors/"),
            detectors::create,
        )
        .get(workflow(""), workflows::list)
        .post(workflow(""), workflows::create)
        .put(workflow(""), workflows::enable_all)
        .delete(workflow(""), workflows::delete_all)
        .get(workflow("{workflow}/"), workflows::show)
        .put(workflow("{workflow}/"), workflows::update)
        .delete(workflow("{workflow}/"), workflows::delete)
}
