//! The table of routes. A handler says by its arguments what it asks of whoever calls it; a route whose handler asks for
//! nothing does not build, unless it says why.

use axum::{
    Extension, Form, Json, Router,
    extract::{OriginalUri, Query, State},
    handler::Handler,
    routing::{MethodFilter, on},
};
use http::{HeaderMap, Method, request::Parts};
use services::{App, access::Permission};

use crate::{CsrfForm, PathParams};

/// Where a right is asked for: which part of the path decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Somebody who is known, and nothing more.
    SignedIn,
    /// The rights of the token or browser, without an organization.
    User,
    Organization,
    Team,
    Project,
    /// The issue's project.
    Issue,
    /// The installation.
    Instance,
}

/// What a handler asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    pub place: Place,
    /// None where it is enough to be somebody.
    pub permission: Option<Permission>,
}

impl Guard {
    pub const SIGNED_IN: Self = Self {
        place: Place::SignedIn,
        permission: None,
    };

    pub const fn of(place: Place, permission: Permission) -> Self {
        Self {
            place,
            permission: Some(permission),
        }
    }
}

/// What an argument of a handler says about access.
pub trait Argument {
    const GUARD: Option<Guard> = None;
    /// Whether it proves that a form of ours sent the request.
    const CHECKS_FORM: bool = false;
}

impl<S> Argument for State<S> {}
impl<T> Argument for Query<T> {}
impl<T> Argument for Json<T> {}
impl<T> Argument for Form<T> {}
impl<T> Argument for Extension<T> {}
impl Argument for OriginalUri {}
impl Argument for HeaderMap {}
impl Argument for Method {}
impl Argument for Parts {}
impl Argument for axum::body::Bytes {}
impl Argument for axum::extract::Request {}
impl Argument for PathParams {}
impl Argument for crate::MaybeBrowser {}
/// One that may be absent asks for nothing.
impl<T> Argument for Option<T> {}
impl<T, E> Argument for Result<T, E> {}

impl<T> Argument for CsrfForm<T> {
    const GUARD: Option<Guard> = Some(Guard::SIGNED_IN);
    const CHECKS_FORM: bool = true;
}

/// All arguments of a handler. The types are those that axum gives to its `Handler`: a mark, then the arguments.
pub trait Arguments {
    const GUARD: Option<Guard>;
    const CHECKS_FORM: bool;
}

/// Two arguments may say who it is, but only one what they may do.
const fn stronger(one: Option<Guard>, other: Option<Guard>) -> Option<Guard> {
    match (one, other) {
        (None, guard) | (guard, None) => guard,
        (Some(one), Some(other)) => match (one.place, other.place) {
            (Place::SignedIn, _) => Some(other),
            (_, Place::SignedIn) => Some(one),
            _ => panic!("a handler takes one access extractor"),
        },
    }
}

impl Arguments for ((),) {
    const GUARD: Option<Guard> = None;
    const CHECKS_FORM: bool = false;
}

macro_rules! arguments {
    ($($name:ident)+) => {
        impl<Mark, $($name: Argument),+> Arguments for (Mark, $($name),+) {
            const GUARD: Option<Guard> = {
                let guard = None;
                $(let guard = stronger(guard, $name::GUARD);)+
                guard
            };
            const CHECKS_FORM: bool = false $(|| $name::CHECKS_FORM)+;
        }
    };
}

arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Route {
    pub method: Method,
    pub path: String,
    /// None where everybody may call it.
    pub guard: Option<Guard>,
    /// Why everybody may.
    pub open_because: Option<&'static str>,
}

/// Whom the routes answer. Pages take forms, which prove by a hidden field that a page of ours sent them; the API takes
/// that proof in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Api,
    Pages,
}

/// Routes with what they ask for.
#[derive(Debug)]
pub struct Routes {
    surface: Surface,
    router: Router<App>,
    table: Vec<Route>,
}

impl Routes {
    pub fn api() -> Self {
        Self::new(Surface::Api)
    }

    pub fn pages() -> Self {
        Self::new(Surface::Pages)
    }

    fn new(surface: Surface) -> Self {
        Self {
            surface,
            router: Router::new(),
            table: Vec::new(),
        }
    }

    #[must_use]
    pub fn get<H, T>(self, path: impl AsRef<str>, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        self.guarded(Method::GET, path.as_ref(), handler)
    }

    #[must_use]
    pub fn post<H, T>(self, path: impl AsRef<str>, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        self.written(Method::POST, path.as_ref(), handler)
    }

    #[must_use]
    pub fn put<H, T>(self, path: impl AsRef<str>, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        self.written(Method::PUT, path.as_ref(), handler)
    }

    #[must_use]
    pub fn delete<H, T>(self, path: impl AsRef<str>, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        self.written(Method::DELETE, path.as_ref(), handler)
    }

    fn written<H, T>(self, method: Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        assert!(self.surface == Surface::Api, "{path}: pages take forms");
        self.guarded(method, path, handler)
    }

    /// What a form of a page is sent to.
    #[must_use]
    pub fn form<H, T>(self, path: impl AsRef<str>, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        const {
            assert!(
                T::CHECKS_FORM,
                "what takes a form has an argument that checks it: CsrfForm"
            );
        };
        self.guarded(Method::POST, path.as_ref(), handler)
    }

    /// A route that everybody may call, or whose handler finds out by itself who calls.
    #[must_use]
    pub fn open<H, T>(self, method: Method, path: impl AsRef<str>, because: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let path = path.as_ref();
        let line = Route {
            method,
            path: path.to_owned(),
            guard: None,
            open_because: Some(because),
        };
        self.with(line, handler)
    }

    /// What answers below a path where there is no route.
    #[must_use]
    pub fn unknown<H, T>(mut self, path: impl AsRef<str>, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.router = self.router.route(path.as_ref(), axum::routing::any(handler));
        self
    }

    fn guarded<H, T>(self, method: Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: Arguments + 'static,
    {
        const {
            assert!(
                T::GUARD.is_some(),
                "a handler has an access extractor among its arguments, or its route is `open`"
            );
        };
        let line = Route {
            method,
            path: path.to_owned(),
            guard: T::GUARD,
            open_because: None,
        };
        self.with(line, handler)
    }

    fn with<H, T>(mut self, line: Route, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(line.method.clone()).expect("routes have one of the standard methods");
        self.router = self.router.route(&line.path, on(filter, handler));
        self.table.push(line);
        self
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        assert!(self.surface == other.surface, "pages and API are different surfaces");
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }

    /// For layers and fallbacks. What stands in the table stays so.
    #[must_use]
    pub fn around(mut self, change: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        self.router = change(self.router);
        self
    }

    /// Every route, in the order in which they were written down.
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    pub fn into_router(self) -> Router<App> {
        match self.surface {
            Surface::Api => self.router,
            // What is not told where it is counts as the API, which asks for more.
            Surface::Pages => self.router.layer(Extension(Surface::Pages)),
        }
    }
}
