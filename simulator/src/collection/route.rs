//! The routes of a kind: discovery's methods, matched to the standard ones.

use super::{
    change,
    dialect::{Dialect, compute_operations::find_by_request_id},
    kind::{Kind, Verb},
    read,
};
use crate::{
    ApiError, ApiResponse, Call, Cloud, discovery,
    iam::{Principal, RequiredPermission, Resource},
    route::{Method, Route},
};

/// A method of a kind.
#[derive(Debug)]
struct StandardMethod {
    kind: &'static Kind,
    verb: Verb,
    /// The last part of the method's ID.
    name: &'static str,
    method: &'static discovery::Method,
    /// The path template of the resource, or of the collection.
    template: &'static str,
    permissions: &'static [&'static str],
}

/// The routes of a kind: those of its discovery methods that are standard or
/// that the kind implements.
pub(crate) fn routes_of(kind: &'static Kind) -> Vec<Route> {
    let facts = kind.facts();
    let methods = facts.document.methods.range(&*facts.prefix..);
    let methods = methods.take_while(|(id, _)| id.starts_with(&facts.prefix));
    methods
        .filter_map(|(id, method)| {
            let name = id[facts.prefix.len()..].to_owned().leak() as &'static str;
            let verb = verb(kind, name)?;
            let path = template(method.template());
            let route = StandardMethod {
                kind,
                verb,
                name,
                method,
                template: resource_template(path, name),
                permissions: permissions(kind, name, method),
            };
            Some(Route {
                api: facts.api,
                id,
                http_method: http::Method::from_bytes(method.http_method.as_bytes())
                    .expect("discovery has HTTP methods"),
                path,
                method: Box::leak(Box::new(route)),
            })
        })
        .collect()
}

fn verb(kind: &'static Kind, name: &str) -> Option<Verb> {
    if kind.custom.iter().any(|(custom, _)| *custom == name) {
        return Some(Verb::Custom);
    }
    let storage = kind.facts().dialect == Dialect::Storage;
    Some(match name {
        // Their form is Cloud Storage's own.
        "getIamPolicy" | "setIamPolicy" | "testIamPermissions" if storage => return None,
        "create" | "insert" => Verb::Create,
        "get" => Verb::Get,
        "list" | "search" => Verb::List,
        "patch" | "update" | "replaceService" => Verb::Update,
        "delete" => Verb::Delete,
        "undelete" if kind.soft_delete.is_some() => Verb::Undelete,
        "getIamPolicy" => Verb::GetPolicy,
        "setIamPolicy" => Verb::SetPolicy,
        "testIamPermissions" => Verb::TestPermissions,
        _ => return None,
    })
}

/// The path with our names of parameters: `{project}` for `{projectsId}`.
fn template(path: &'static str) -> &'static str {
    let ours = path
        .replace("iesId}", "y}")
        .replace("sId}", "}")
        .replace("{projectId}", "{project}")
        .replace("/projects/{resource}", "/projects/{project}");
    if ours == path { path } else { ours.leak() }
}

/// The part of a path that names a resource or collection: without the API's
/// version, and without the name of the method (`:verb`, in Compute Engine
/// `/verb`).
fn resource_template(path: &'static str, name: &str) -> &'static str {
    let first = path.find('{').unwrap_or(path.len());
    let before = path[..first].trim_end_matches('/');
    let start = before.rfind('/').map_or(0, |slash| slash + 1);
    let rest = &path[start..];
    let end = rest.rfind([':', '/']).filter(|at| rest[at + 1..] == *name);
    &rest[..end.unwrap_or(rest.len())]
}

fn permissions(
    kind: &'static Kind,
    name: &str,
    method: &'static discovery::Method,
) -> &'static [&'static str] {
    let declared = kind
        .permissions
        .iter()
        .find(|(of, _)| [name, "*"].contains(of));
    match declared {
        Some((_, permissions)) => permissions,
        None if method.permissions.is_empty() => {
            // As all of them are named.
            let verb = match name {
                "insert" => "create",
                "patch" => "update",
                verb => verb,
            };
            let permission = format!("{}.{}.{verb}", kind.facts().api, kind.plural());
            vec![&*permission.leak()].leak()
        }
        None => &method.permissions,
    }
}

impl StandardMethod {
    /// The resource or collection in the path of a call.
    fn path(&self, cloud: &Cloud, call: &Call) -> String {
        let mut name = String::new();
        let mut rest = self.template;
        while let Some(open) = rest.find('{') {
            let close = open + rest[open..].find('}').expect("templates are closed");
            name.push_str(&rest[..open]);
            name.push_str(call.path(rest[open + 1..close].trim_start_matches('+')));
            rest = &rest[close + 1..];
        }
        name.push_str(rest);
        (self.kind.hooks.canonical)(cloud, call, name)
    }

    /// The name of the resource, or of the collection.
    fn name(&self, cloud: &Cloud, call: &Call) -> String {
        let path = self.path(cloud, call);
        match self.verb {
            Verb::Create => {
                let name = read::new_name(self.kind, self.method, cloud, call, path);
                (self.kind.hooks.canonical)(cloud, call, name)
            }
            Verb::List
            | Verb::Get
            | Verb::Update
            | Verb::Delete
            | Verb::Undelete
            | Verb::GetPolicy
            | Verb::SetPolicy
            | Verb::TestPermissions
            | Verb::Custom => path,
        }
    }

    /// What contains a collection, as IAM knows it.
    fn container(&self, call: &Call, collection: &str) -> Resource {
        let facts = self.kind.facts();
        let name = read::container_name(call, collection);
        let parts: Vec<&str> = name.split('/').collect();
        let hierarchy = |kind| Resource::new("cloudresourcemanager.googleapis.com", kind, &*name);
        match (&parts[..], self.kind.parent) {
            (["projects", id], _) => Resource::project(id),
            (["projects", id, ..], _) if facts.dialect == Dialect::Compute => Resource::project(id),
            (_, Some(parent)) => parent.resource(name),
            (["folders", _], _) => hierarchy("Folder"),
            (["organizations", _], _) => hierarchy("Organization"),
            ([.., "buckets", _], _) => Resource::new(facts.service, "Bucket", name),
            ([.., "locations", _], _) => Resource::new(facts.service, "Location", name),
            _ => self.kind.resource(name),
        }
    }
}

impl Method for StandardMethod {
    fn required_permissions(
        &self,
        cloud: &Cloud,
        call: &Call,
    ) -> Result<Vec<RequiredPermission>, ApiError> {
        let dialect = self.kind.facts().dialect;
        let name = self.name(cloud, call);
        (self.kind.hooks.check_call)(cloud, call, self.verb, &name)?;
        let on = match self.verb {
            Verb::List => self.container(call, &name),
            Verb::Create if dialect.creates_in_parent() => {
                let (collection, _) = name.rsplit_once('/').unwrap_or_default();
                self.container(call, collection)
            }
            Verb::Create
            | Verb::Get
            | Verb::Update
            | Verb::Delete
            | Verb::Undelete
            | Verb::GetPolicy
            | Verb::SetPolicy
            | Verb::TestPermissions
            | Verb::Custom => self.kind.resource(name.as_str()),
        };
        let tests = self.verb == Verb::TestPermissions;
        let permissions = if tests { &[] } else { self.permissions };
        let mut all: Vec<RequiredPermission> = permissions
            .iter()
            .map(|permission| RequiredPermission::new(permission, on.clone()))
            .collect();
        all.extend((self.kind.hooks.requires)(cloud, call, self.verb, &name));
        Ok(all)
    }

    fn refusal(&self, missing: &RequiredPermission, caller: &Principal) -> ApiError {
        match (self.kind.hooks.refusal)(missing) {
            Some(message) if !caller.is_anonymous() => ApiError::permission_denied(message),
            Some(_) | None => missing.refusal(caller),
        }
    }

    fn call(&self, cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
        // The second is Cloud Run's word in v1.
        let asked = [("validateOnly", "true"), ("dryRun", "all")]
            .into_iter()
            .filter(|(name, _)| self.method.has_query(name))
            .filter_map(|(name, value)| Some((call.query(name)?, value)))
            .any(|(given, value)| given.eq_ignore_ascii_case(value));
        match asked {
            true => self.validate(cloud.clone(), call),
            false => self.perform(cloud, call),
        }
    }
}

impl StandardMethod {
    /// Performs the method on a copy of the cloud. Its operation is done at
    /// once, as nobody can ask for it; unverified.
    fn validate(&self, mut copy: Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
        let response = self.perform(&mut copy, call)?;
        let ApiResponse::Json(json) = &response else {
            return Ok(response);
        };
        let name = json["name"].as_str().unwrap_or_default();
        let operation = copy.resources.operations.get(name);
        Ok(
            match operation.and_then(|found| Some((found, found.ended?))) {
                Some((operation, ended)) => ApiResponse::Json(operation.to_json(ended)),
                None => response,
            },
        )
    }

    fn perform(&self, cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
        let (kind, method) = (self.kind, self.method);
        let name = self.name(cloud, call);
        if kind.facts().dialect == Dialect::Compute
            && let Some(begun) = find_by_request_id(cloud, call, self.name, &name)?
        {
            return Ok(begun);
        }
        let response = match self.verb {
            Verb::Create => {
                let path = self.path(cloud, call);
                change::create(kind, method, cloud, call, &path, &name)
            }
            Verb::Get => read::get(kind, cloud, call, &name),
            Verb::List => read::list(kind, method, cloud, call, &name),
            Verb::Update => change::update(kind, method, cloud, call, &name, self.name),
            Verb::Delete => change::delete(kind, method, cloud, call, &name),
            Verb::Undelete => change::undelete(kind, method, cloud, call, &name),
            Verb::GetPolicy => read::get_policy(kind, cloud, call, &name),
            Verb::SetPolicy => read::set_policy(kind, cloud, call, &name),
            Verb::TestPermissions => read::test_permissions(kind, cloud, call, &name),
            Verb::Custom => {
                let mut custom = kind.custom.iter();
                let (_, custom) = custom
                    .find(|(name, _)| *name == self.name)
                    .expect("it made the route");
                let resource = self.template.ends_with('}').then_some(&*name);
                change::check_custom(kind, method, cloud, call, resource)?;
                custom(cloud, call, &name)
            }
        }?;
        Ok(read::enums_as_asked(kind, self.name, call, response))
    }
}
