//! What a kind of resource declares of itself. Everything else about it follows
//! from Google's discovery document and the conventions of its API.

use super::{dialect::Dialect, filter::Filter, page::Paging, row::Row};
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    discovery::{Document, Method, Schema, document},
    iam::RequiredPermission,
};
use names::Duration;
use serde_json::Value;
use std::sync::OnceLock;

/// Google's standard methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Get,
    List,
    Update,
    Delete,
    Undelete,
    GetPolicy,
    SetPolicy,
    TestPermissions,
    /// A method of the kind's own.
    Custom,
}

/// Where the ID of a new resource comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum IdSource {
    /// A query parameter (`keyRingId`).
    Query(&'static str),
    /// A field of the body: an ID, or a name that ends with it.
    Body(&'static str),
    /// The last segment of the path of a PUT.
    Path,
    /// The simulator assigns it.
    Assigned(fn(&mut Cloud, &str) -> String),
}

/// See [`Hooks::prepare`].
pub(crate) type Prepare = fn(&Cloud, &Call, &str, Option<&Row>, &mut Value) -> Result<(), ApiError>;

/// A custom method; the resource exists, if it is on one.
pub(crate) type CustomMethod = fn(&mut Cloud, &Call, &str) -> Result<ApiResponse, ApiError>;

/// A kind of resource.
#[derive(Debug)]
pub(crate) struct Kind {
    document: &'static str,
    collection: &'static str,
    facts: OnceLock<Facts>,
    pub(super) parent: Option<&'static Self>,
    pub(super) type_name: Option<&'static str>,
    pub(super) id: IdSource,
    pub(super) id_pattern: (&'static str, fn(&str) -> bool),
    pub(super) required_mask: Option<&'static str>,
    pub(super) mask_prefix: &'static str,
    pub(super) whole_without_mask: bool,
    pub(super) order: &'static str,
    pub(super) paging: Option<&'static Paging>,
    pub(super) immutable: &'static [&'static str],
    pub(super) presence: &'static [&'static str],
    pub(super) unsimulated: &'static [&'static str],
    pub(super) permissions: &'static [(&'static str, &'static [&'static str])],
    pub(super) soft_delete: Option<Duration>,
    pub(super) custom: &'static [(&'static str, CustomMethod)],
    pub(super) operation: (&'static str, &'static str),
    pub(super) hooks: Hooks,
}

/// What a kind does besides. `name` is the resource's name
/// (`projects/p/locations/l/keyRings/r`), for lists that of the parent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hooks {
    /// The name under which the resource is stored, for that in a request.
    pub(super) canonical: fn(&Cloud, &Call, String) -> String,
    /// Checks a call before all else, such as the location in its name, or who
    /// calls where that is no matter of IAM.
    pub(super) check_call: fn(&Cloud, &Call, Verb, &str) -> Result<(), ApiError>,
    /// Permissions that a call requires besides those of its method.
    pub(super) requires: fn(&Cloud, &Call, Verb, &str) -> Vec<RequiredPermission>,
    /// Checks the fields of a new or changed resource (which has its old row),
    /// and fills in defaults.
    pub(super) prepare: Prepare,
    /// Which resources a list shows.
    pub(super) listed: fn(&Cloud, &Call, &str, &Row) -> bool,
    /// Adapts the filter of a list: other names of fields.
    pub(super) filter: fn(Filter) -> Filter,
    /// Refuses a deletion.
    pub(super) check_delete: fn(&Cloud, &Call, &str) -> Result<(), ApiError>,
    /// Refuses to restore a deleted resource.
    pub(super) check_undelete: fn(&Cloud, &Call, &str) -> Result<(), ApiError>,
    /// The name under which a resource is kept when it is deleted, so that a new
    /// one can have its own.
    pub(super) kept_as: fn(&Cloud, &str) -> String,
    /// The error of a change of a deleted resource that can be undeleted, or of
    /// the creation of another one; by default, the 404 and the 409.
    pub(super) deleted: Option<fn(Verb, &str) -> ApiError>,
    /// The message if a permission is missing, if it is not the usual one.
    pub(super) refusal: fn(&RequiredPermission) -> Option<String>,
    /// Metadata and duration of a method's operation, if they are not the usual
    /// ones. The method is `insert`, `patch`, `delete`, `undelete` or a custom
    /// one.
    pub(super) operation: fn(&str) -> Option<(Value, Duration)>,
    /// What follows from a creation, change or deletion.
    pub(super) follow: fn(&mut Cloud, &Call, Verb, &str),
    /// Adds what is shown but not stored.
    pub(super) render: fn(&Cloud, &str, &Row, &mut Value),
    /// Adapts the form of a list.
    pub(super) render_list: fn(&Call, &mut Value),
    /// The message of a 404.
    pub(super) not_found: Option<fn(&Cloud, &str) -> String>,
    /// The message of a 409.
    pub(super) exists: Option<fn(&Cloud, &str) -> String>,
}

/// What discovery says of a kind.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) document: &'static Document,
    /// The API's name (`cloudkms`).
    pub(crate) api: &'static str,
    /// `cloudkms.googleapis.com`.
    pub(crate) service: &'static str,
    /// `cloudkms.projects.locations.keyRings.`, with which its methods begin.
    pub(crate) prefix: String,
    /// The name of the resource's schema (`KeyRing`).
    pub(crate) schema_name: &'static str,
    pub(crate) schema: &'static Schema,
    pub(crate) dialect: Dialect,
}

impl Kind {
    /// The kind with this collection (`projects.locations.keyRings`) in a
    /// discovery document (`cloudkms.v1`).
    pub(crate) const fn new(document: &'static str, collection: &'static str) -> Self {
        Self {
            document,
            collection,
            facts: OnceLock::new(),
            parent: None,
            type_name: None,
            id: IdSource::Body("name"),
            id_pattern: ("[a-z]([-a-z0-9]{0,61}[a-z0-9])?", is_rfc1035),
            required_mask: None,
            mask_prefix: "",
            whole_without_mask: false,
            order: "",
            paging: None,
            immutable: &[],
            presence: &[],
            unsimulated: &[],
            permissions: &[],
            soft_delete: None,
            custom: &[],
            operation: ("", ""),
            hooks: Hooks {
                canonical: |cloud, _, name| with_project_id(cloud, name),
                check_call: |_, _, _, _| Ok(()),
                requires: |_, _, _, _| Vec::new(),
                prepare: |_, _, _, _, _| Ok(()),
                listed: |_, call, _, row| row.expires.is_none() || shows_deleted(call),
                filter: |filter| filter,
                check_delete: |_, _, _| Ok(()),
                check_undelete: |_, _, _| Ok(()),
                kept_as: |_, name| name.to_owned(),
                deleted: None,
                refusal: |_| None,
                operation: |_| None,
                follow: |_, _, _, _| {},
                render: |_, _, _, _| {},
                render_list: |_, _| {},
                not_found: None,
                exists: None,
            },
        }
    }

    /// The kind that contains it, which must exist before it.
    pub(crate) const fn parent(mut self, parent: &'static Self) -> Self {
        self.parent = Some(parent);
        self
    }

    /// The type in `resource.type` of IAM conditions, if it is not the name of
    /// the schema.
    pub(crate) const fn type_name(mut self, name: &'static str) -> Self {
        self.type_name = Some(name);
        self
    }

    /// Where the ID of a new resource comes from, and which are valid: a
    /// pattern for messages, and its implementation.
    pub(crate) const fn id(
        mut self,
        id: IdSource,
        pattern: &'static str,
        is_valid: fn(&str) -> bool,
    ) -> Self {
        self.id = id;
        self.id_pattern = (pattern, is_valid);
        self
    }

    /// Fields that cannot be changed, besides those that discovery declares.
    pub(crate) const fn immutable(mut self, fields: &'static [&'static str]) -> Self {
        self.immutable = fields;
        self
    }

    /// Paths of fields that differ between absent and false, zero or empty
    /// (`BoolValue`, optional fields). Discovery does not mark them.
    pub(crate) const fn presence(mut self, fields: &'static [&'static str]) -> Self {
        self.presence = fields;
        self
    }

    /// Fields that change what a resource does and are not simulated: a request
    /// that has one is refused.
    pub(crate) const fn unsimulated(mut self, fields: &'static [&'static str]) -> Self {
        self.unsimulated = fields;
        self
    }

    /// An update must have a mask; the message if it has none.
    pub(crate) const fn required_mask(mut self, message: &'static str) -> Self {
        self.required_mask = Some(message);
        self
    }

    /// What paths of masks may begin with, besides a field (`policy.`).
    pub(crate) const fn mask_prefix(mut self, prefix: &'static str) -> Self {
        self.mask_prefix = prefix;
        self
    }

    /// An update without a mask replaces all fields, rather than those in the
    /// body.
    pub(crate) const fn whole_without_mask(mut self) -> Self {
        self.whole_without_mask = true;
        self
    }

    /// The order of lists if the caller names none (`createTime desc`), rather
    /// than that of names.
    pub(crate) const fn order(mut self, order: &'static str) -> Self {
        self.order = order;
        self
    }

    /// How lists are paged, if not as usual in the API's family.
    pub(crate) const fn paging(mut self, paging: &'static Paging) -> Self {
        self.paging = Some(paging);
        self
    }

    /// The permissions of methods, by the last part of their IDs (`*` for all), where
    /// the published list is wrong or has none.
    pub(crate) const fn permissions(
        mut self,
        permissions: &'static [(&'static str, &'static [&'static str])],
    ) -> Self {
        self.permissions = permissions;
        self
    }

    /// A deleted resource can be undeleted for this long.
    pub(crate) const fn soft_delete(mut self, kept: Duration) -> Self {
        self.soft_delete = Some(kept);
        self
    }

    /// Methods of its own on a resource or a collection, by the last part of their
    /// IDs.
    pub(crate) const fn custom(mut self, methods: &'static [(&'static str, CustomMethod)]) -> Self {
        self.custom = methods;
        self
    }

    /// The protobuf package of the resource (`google.cloud.kms.v1`) and the
    /// message of its operations' metadata, for `@type`. If that is the resource
    /// itself, operations show it, also that of its deletion.
    pub(crate) const fn operation(mut self, package: &'static str, metadata: &'static str) -> Self {
        self.operation = (package, metadata);
        self
    }

    /// See [`Hooks::canonical`].
    pub(crate) const fn canonical(mut self, hook: fn(&Cloud, &Call, String) -> String) -> Self {
        self.hooks.canonical = hook;
        self
    }

    /// See [`Hooks::check_call`].
    pub(crate) const fn check_call(
        mut self,
        hook: fn(&Cloud, &Call, Verb, &str) -> Result<(), ApiError>,
    ) -> Self {
        self.hooks.check_call = hook;
        self
    }

    /// See [`Hooks::requires`].
    pub(crate) const fn requires(
        mut self,
        hook: fn(&Cloud, &Call, Verb, &str) -> Vec<RequiredPermission>,
    ) -> Self {
        self.hooks.requires = hook;
        self
    }

    /// See [`Hooks::prepare`].
    pub(crate) const fn prepare(mut self, hook: Prepare) -> Self {
        self.hooks.prepare = hook;
        self
    }

    /// See [`Hooks::listed`].
    pub(crate) const fn listed(mut self, hook: fn(&Cloud, &Call, &str, &Row) -> bool) -> Self {
        self.hooks.listed = hook;
        self
    }

    /// See [`Hooks::filter`].
    pub(crate) const fn filter(mut self, hook: fn(Filter) -> Filter) -> Self {
        self.hooks.filter = hook;
        self
    }

    /// See [`Hooks::check_undelete`].
    pub(crate) const fn check_undelete(
        mut self,
        hook: fn(&Cloud, &Call, &str) -> Result<(), ApiError>,
    ) -> Self {
        self.hooks.check_undelete = hook;
        self
    }

    /// See [`Hooks::kept_as`].
    pub(crate) const fn kept_as(mut self, hook: fn(&Cloud, &str) -> String) -> Self {
        self.hooks.kept_as = hook;
        self
    }

    /// See [`Hooks::deleted`].
    pub(crate) const fn deleted(mut self, hook: fn(Verb, &str) -> ApiError) -> Self {
        self.hooks.deleted = Some(hook);
        self
    }

    /// See [`Hooks::refusal`].
    pub(crate) const fn refusal(mut self, hook: fn(&RequiredPermission) -> Option<String>) -> Self {
        self.hooks.refusal = hook;
        self
    }

    /// See [`Hooks::operation`].
    pub(crate) const fn operation_of(
        mut self,
        hook: fn(&str) -> Option<(Value, Duration)>,
    ) -> Self {
        self.hooks.operation = hook;
        self
    }

    /// See [`Hooks::check_delete`].
    pub(crate) const fn check_delete(
        mut self,
        hook: fn(&Cloud, &Call, &str) -> Result<(), ApiError>,
    ) -> Self {
        self.hooks.check_delete = hook;
        self
    }

    /// See [`Hooks::follow`].
    pub(crate) const fn follow(mut self, hook: fn(&mut Cloud, &Call, Verb, &str)) -> Self {
        self.hooks.follow = hook;
        self
    }

    /// See [`Hooks::render`].
    pub(crate) const fn render(mut self, hook: fn(&Cloud, &str, &Row, &mut Value)) -> Self {
        self.hooks.render = hook;
        self
    }

    /// See [`Hooks::render_list`].
    pub(crate) const fn render_list(mut self, hook: fn(&Call, &mut Value)) -> Self {
        self.hooks.render_list = hook;
        self
    }

    /// The messages of a 404 and of a 409, by the resource's name.
    pub(crate) const fn messages(
        mut self,
        not_found: fn(&Cloud, &str) -> String,
        exists: fn(&Cloud, &str) -> String,
    ) -> Self {
        self.hooks.not_found = Some(not_found);
        self.hooks.exists = Some(exists);
        self
    }
}

impl Kind {
    /// What discovery says of it.
    ///
    /// # Panics
    /// If the documents in `simulator/data` do not have it.
    pub(crate) fn facts(&'static self) -> &'static Facts {
        self.facts.get_or_init(|| {
            let document = document(self.document);
            let api = self.document.split_once('.').map_or("", |(api, _)| api);
            let prefix = format!("{api}.{}.", self.collection);
            let get = document.methods.get(&*format!("{prefix}get"));
            let schema_name = get.and_then(|get| get.response).unwrap_or_else(|| {
                panic!(
                    "{prefix}get is not in {}: run `groundcrew generate`",
                    self.document
                )
            });
            Facts {
                document,
                api,
                service: Box::leak(format!("{api}.googleapis.com").into_boxed_str()),
                prefix,
                schema_name,
                schema: document.schema(schema_name),
                dialect: Dialect::of(api),
            }
        })
    }

    /// Its method with this last part of the ID.
    ///
    /// # Panics
    /// If discovery has none.
    pub(super) fn method(&'static self, name: &str) -> &'static Method {
        let facts = self.facts();
        let id = format!("{}{name}", facts.prefix);
        let method = facts.document.methods.get(&*id);
        method.unwrap_or_else(|| panic!("{id} is not a method"))
    }

    /// The discovery document and the collection in it.
    pub(crate) fn declared_in(&self) -> (&'static str, &'static str) {
        (self.document, self.collection)
    }

    /// The last part of the collection (`keyRings`), as in names.
    pub(crate) fn plural(&self) -> &'static str {
        self.collection.rsplit('.').next().unwrap_or_default()
    }

    /// The type of the resource in IAM conditions and messages (`KeyRing`).
    pub(crate) fn type_of(&'static self) -> &'static str {
        self.type_name.unwrap_or_else(|| self.facts().schema_name)
    }
}

/// Whether a list shows deleted resources too.
pub(crate) fn shows_deleted(call: &Call) -> bool {
    let requested = call.query("showDeleted");
    requested.is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

/// A name with the project's ID in place of its number.
pub(crate) fn with_project_id(cloud: &Cloud, name: String) -> String {
    let Some(rest) = name.strip_prefix("projects/") else {
        return name;
    };
    let project = rest.split('/').next().unwrap_or_default();
    match cloud.iam.project(project) {
        Some((id, _)) if id != project => format!("projects/{id}{}", &rest[project.len()..]),
        Some(_) | None => name,
    }
}

/// RFC 1035: at most 63 lower-case letters, digits and hyphens, a letter first,
/// no hyphen last.
pub(crate) fn is_rfc1035(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(plain)
}
