//! Collections: kinds of resources with Google's standard methods, declared once.

use crate::{ApiPath, Method, Policy, Request, policy, template};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// A kind of resources and its standard methods.
#[derive(Debug)]
pub struct Collection {
    /// The path of a resource, for samples of the methods' requests.
    pub example: &'static str,
    /// The field of a list that has the resources.
    pub items: &'static str,
    /// How many resources are asked for per page; 0 leaves it to the API.
    pub page_size: u32,
    /// Where a request to create a resource has its id.
    pub id: NewId,
    /// How long-running operations are read, if they are waited for.
    pub operations: Option<&'static OperationMethods>,
    /// `get`, `list`, `create` or `insert`, `patch`, `delete`, `getIamPolicy` and
    /// `setIamPolicy`, as far as groundcrew calls them.
    pub methods: &'static [Method],
}

/// Where a request to create a resource has its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewId {
    /// In the path.
    Path,
    /// In this parameter of the query.
    Query(&'static str),
    /// In this field of the body.
    Field(&'static str),
    /// The field `name` of the body has the whole path.
    FullName,
    /// Nowhere: the API chooses it.
    Assigned,
    /// In the first field of the body; the second has the resource.
    Wrapped(&'static str, &'static str),
}

/// The methods that read an operation and that wait for it.
#[derive(Debug)]
pub struct OperationMethods {
    /// Reads it.
    pub get: Method,
    /// Waits until it is done, for at most two minutes, and reads it; the same as
    /// `get` where the API has no such method.
    pub wait: Method,
}

/// The name of a resource in a [`Collection`].
pub trait ResourceName: ApiPath {
    /// The resource as `get` returns it.
    type Resource: DeserializeOwned;
    /// The resource as `list` returns it.
    type Listed: DeserializeOwned;
    /// Its collection.
    const COLLECTION: &'static Collection;
}

/// A resource of which only the name is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Named<N> {
    /// The field `name`, parsed.
    pub name: N,
}

/// Declares a [`Collection`]: for each method its name, verb and path, the
/// permissions that it needs and where, and what differs from the defaults.
macro_rules! collection {
    (
        $(#[$doc:meta])* $collection:ident = $api:literal ($permissions:literal),
        $example:literal $(, $field:ident: $value:expr)*;
        $($name:ident $verb:ident $path:literal ($($permission:ident $on:ident),*)
            $(.$builder:ident($($argument:expr),*))*;)+
    ) => {
        $(#[$doc])*
        pub static $collection: $crate::Collection = $crate::Collection {
            example: $example,
            $($field: $value,)*
            methods: &[$(
                $crate::Method::$verb(concat!($api, ".", stringify!($name)), $path)
                    .needs(&[$((
                        concat!($permissions, ".", stringify!($permission)),
                        $crate::On::$on,
                    )),*])
                    $(.$builder($($argument),*))*
            ),+],
            ..$crate::Collection::EMPTY
        };
    };
}
pub(crate) use collection;

impl Collection {
    /// A collection without methods.
    pub const EMPTY: Self = Self {
        example: "",
        items: "",
        page_size: 0,
        id: NewId::Path,
        operations: None,
        methods: &[],
    };

    /// Its method of this name (`patch`), if it has one.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&'static Method> {
        let is = |method: &&Method| method.id.rsplit('.').next() == Some(name);
        self.methods.iter().find(is)
    }

    fn declared(&self, name: &str) -> &'static Method {
        let method = self.method(name);
        method.unwrap_or_else(|| panic!("{}: {name} is not declared", self.example))
    }

    fn creating(&self) -> &'static Method {
        let insert = self.method("insert");
        insert.unwrap_or_else(|| self.declared("create"))
    }

    /// The request that reads the resource of that path.
    ///
    /// # Panics
    /// If the method is not declared, or the path is not of this collection. So
    /// do all functions here.
    #[must_use]
    pub fn get(&self, path: &str) -> Request {
        Request::on(self.declared("get"), path)
    }

    /// The request that lists the resources of a parent.
    #[must_use]
    pub fn list(&self, parent: &str) -> Request {
        self.paged(Request::on(self.declared("list"), parent))
    }

    fn paged(&self, list: Request) -> Request {
        match self.page_size {
            0 => list,
            size => list.query("pageSize", size),
        }
    }

    /// The request that creates the resource of that path with these fields.
    #[must_use]
    pub fn create(&self, path: &str, fields: Value) -> Request {
        let method = self.creating();
        if self.id == NewId::Path {
            return Request::on(method, path).json(&fields);
        }
        let parent = template::relative(method.path);
        let (parent_path, id) = split(parent, path);
        let mut fields = fields;
        let request = match template::head(parent) {
            "" => Request::new(method),
            head => Request::at(method, head, parent_path),
        };
        match self.id {
            NewId::Path | NewId::Assigned => request.json(&fields),
            NewId::FullName => {
                fields["name"] = path.into();
                request.json(&fields)
            }
            NewId::Query(parameter) => request.query(parameter, id).json(&fields),
            NewId::Field(field) => {
                fields[field] = id.into();
                request.json(&fields)
            }
            NewId::Wrapped(id_field, field) => {
                // An account's id is the first part of its address.
                let id = id.split('@').next().unwrap_or(id);
                request.json(&json!({ id_field: id, field: fields }))
            }
        }
    }

    /// Whether a change names its fields in a mask, and replaces the maps among
    /// them.
    #[must_use]
    pub fn has_mask(&self) -> bool {
        let patch = self.method("patch");
        patch.is_some_and(|method| wrapper(method).is_some() || method.query.contains(&MASK))
    }

    /// The request that changes these fields of the resource of that path; a
    /// field that is null is cleared.
    #[must_use]
    pub fn patch(&self, path: &str, fields: Value) -> Request {
        let method = self.declared("patch");
        let request = Request::on(method, path);
        let Value::Object(fields) = fields else {
            return request.json(&fields);
        };
        let mask: Vec<&str> = fields.keys().map(String::as_str).collect();
        let mask = mask.join(",");
        let set = fields.into_iter().filter(|(_, value)| !value.is_null());
        let set: Map<String, Value> = set.collect();
        match (wrapper(method), method.query.contains(&MASK)) {
            (Some(field), _) => request.json(&json!({ field: set, MASK: mask })),
            (None, true) => request.query(MASK, mask).json(&set),
            (None, false) => request.json(&set),
        }
    }

    /// The request that deletes the resource of that path.
    #[must_use]
    pub fn delete(&self, path: &str) -> Request {
        Request::on(self.declared("delete"), path)
    }

    /// The request that reads the IAM policy of the resource of that path,
    /// conditions included. The version goes where the method declares it.
    #[must_use]
    pub fn get_policy(&self, path: &str) -> Request {
        policy::with_version(Request::on(self.declared("getIamPolicy"), path))
    }

    /// The request that replaces the IAM policy of the resource of that path, as
    /// version 3.
    #[must_use]
    pub fn set_policy(&self, path: &str, policy: &Policy) -> Request {
        policy::with_policy(Request::on(self.declared("setIamPolicy"), path), policy)
    }

    /// A request to each of its methods on the resource of that path: one that
    /// creates it without fields, one that clears all fields.
    #[must_use]
    pub fn samples(&'static self, path: &str) -> Vec<Request> {
        let sample = |method: &'static Method| match method.id.rsplit('.').next() {
            Some("create" | "insert") => match method.query.contains(&"project") {
                true => self.create(path, json!({})).query("project", "project-1"),
                false => self.create(path, json!({})),
            },
            Some("patch") => self.patch(path, cleared(method)),
            Some("list") => {
                let parent = template::relative(method.path);
                match template::head(parent) {
                    "" => self.list("projects/project-1"),
                    head => self.paged(Request::at(method, head, split(parent, path).0)),
                }
            }
            Some("getIamPolicy") => self.get_policy(path),
            Some("setIamPolicy") => self.set_policy(path, &Policy::default()),
            Some(_) | None => Request::on(method, path),
        };
        self.methods.iter().map(sample).collect()
    }
}

const MASK: &str = "updateMask";

/// The field of the body that has the resource, where the body has the mask, too.
fn wrapper(method: &Method) -> Option<&'static str> {
    let fields = method.request_fields;
    let mut wrapped = fields.iter().filter(|field| **field != MASK);
    let first = wrapped.next().filter(|_| fields.contains(&MASK));
    first.and_then(|field| field.split('.').next())
}

/// The fields that `method` may change, cleared.
fn cleared(method: &Method) -> Value {
    let wrapper = wrapper(method).unwrap_or_default();
    let fields = method.request_fields.iter().map(|field| {
        let inner = field.strip_prefix(wrapper).unwrap_or(field);
        inner.trim_start_matches('.').split('.').next()
    });
    let fields = fields.flatten().filter(|field| *field != MASK);
    fields
        .map(|field| (field.to_owned(), Value::Null))
        .collect()
}

/// The parent and the id in the path of a resource; `template` is the path of
/// the method that lists or creates it.
fn split<'a>(template: &str, path: &'a str) -> (&'a str, &'a str) {
    let collection = &template[template.rfind('}').map_or(0, |at| at + 1)..];
    let (parent, id) = match template.rfind('{') {
        // A name in several segments: the last occurrence.
        Some(at) if template[at..].starts_with("{+") => {
            let at = path.rfind(&format!("{collection}/"));
            at.map_or((path, ""), |at| path.split_at(at))
        }
        Some(_) => {
            let at = path.find(&format!("{collection}/"));
            at.map_or((path, ""), |at| path.split_at(at))
        }
        None => ("", path),
    };
    let id = id.strip_prefix(collection).unwrap_or(id);
    (parent, id.strip_prefix('/').unwrap_or(id))
}

#[cfg(test)]
mod tests;
