//! Indexes: which queries the declared ones serve.
//!
//! Firestore has an index of every field, ascending and descending, and merges
//! those for equalities. All else takes a composite index that somebody made.

use super::{
    Firestore,
    path::{FieldPath, database},
    query::{Order, Query},
    wire::word,
};
use crate::{Answer, ApiError, Call, Cloud};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a query asks of indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) equal: BTreeSet<FieldPath>,
    pub(super) contains: BTreeSet<FieldPath>,
    /// The orders that are left where the equal fields are fixed; the last is by name.
    pub(super) sort: Vec<Order>,
}

/// How an index holds a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Mode {
    Ascending,
    Descending,
    Contains,
}

/// A composite index; keyed by its full name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    group: bool,
    /// Without `__name__`, which ends every index.
    fields: Vec<(String, Mode)>,
    /// By name in descending order.
    reversed: bool,
}

impl Index {
    fn json(&self, name: &str) -> Value {
        let last = if self.reversed {
            Mode::Descending
        } else {
            Mode::Ascending
        };
        let fields = self
            .fields
            .iter()
            .map(|(path, mode)| (path.as_str(), *mode));
        let fields = fields
            .chain([("__name__", last)])
            .map(|(path, mode)| match mode {
                Mode::Ascending => json!({ "fieldPath": path, "order": "ASCENDING" }),
                Mode::Descending => json!({ "fieldPath": path, "order": "DESCENDING" }),
                Mode::Contains => json!({ "fieldPath": path, "arrayConfig": "CONTAINS" }),
            });
        json!({
            "name": name,
            "queryScope": if self.group { "COLLECTION_GROUP" } else { "COLLECTION" },
            "fields": fields.collect::<Vec<_>>(),
            "state": "READY",
        })
    }

    fn read(value: &Value) -> Result<Self, ApiError> {
        let orders = ["ORDER_UNSPECIFIED", "ASCENDING", "DESCENDING"];
        let scopes = ["QUERY_SCOPE_UNSPECIFIED", "COLLECTION", "COLLECTION_GROUP"];
        let mut fields = Vec::new();
        for field in value["fields"].as_array().into_iter().flatten() {
            let path = FieldPath::parse(field["fieldPath"].as_str().unwrap_or_default())?;
            let contains = word(&field["arrayConfig"], &["", "CONTAINS"]).is_some();
            let mode = match word(&field["order"], &orders) {
                Some("ASCENDING") => Mode::Ascending,
                Some("DESCENDING") => Mode::Descending,
                _ if contains => Mode::Contains,
                _ => {
                    let message = format!("Index field {path} has neither order nor arrayConfig.");
                    return Err(ApiError::invalid(message));
                }
            };
            fields.push((path, mode));
        }
        Self::new(
            fields,
            word(&value["queryScope"], &scopes) == Some("COLLECTION_GROUP"),
        )
    }

    fn new(mut fields: Vec<(FieldPath, Mode)>, group: bool) -> Result<Self, ApiError> {
        let last = match fields.pop_if(|(path, _)| path.is_name()) {
            Some((_, mode)) => Some(mode),
            None => fields.last().map(|(_, mode)| *mode),
        };
        let single = fields.len() < 2 && !group;
        if single || fields.iter().any(|(path, _)| path.is_name()) {
            return Err(ApiError::invalid(
                "this index is not necessary, configure using single field index controls",
            ));
        }
        Ok(Self {
            group,
            fields: fields
                .into_iter()
                .map(|(path, mode)| (path.to_string(), mode))
                .collect(),
            reversed: last == Some(Mode::Descending),
        })
    }

    /// Which of the shape's equal fields this index fixes before it sorts as
    /// the shape asks, read in one direction or the other; `None` if it does not.
    fn covers(&self, shape: &Shape) -> Option<BTreeSet<&str>> {
        let (name, sort) = shape.sort.split_last()?;
        let (prefix, suffix) = self
            .fields
            .split_at_checked(self.fields.len().checked_sub(sort.len())?)?;
        let backward = name.descending != self.reversed;
        let sorts = suffix.iter().zip(sort).all(|((path, mode), order)| {
            let wanted = if order.descending == backward {
                Mode::Ascending
            } else {
                Mode::Descending
            };
            *path == order.path.to_string() && *mode == wanted
        });
        let has =
            |set: &BTreeSet<FieldPath>, path: &String| set.iter().any(|p| p.to_string() == *path);
        let fixes = prefix.iter().all(|(path, mode)| match mode {
            Mode::Ascending | Mode::Descending => has(&shape.equal, path),
            Mode::Contains => has(&shape.contains, path),
        });
        (sorts && fixes).then(|| prefix.iter().map(|(path, _)| path.as_str()).collect())
    }
}

impl Shape {
    /// Whether the indexes of single fields will do.
    fn is_automatic(&self) -> bool {
        let fixed = !self.equal.is_empty() || !self.contains.is_empty();
        match self.sort.as_slice() {
            [] | [_] => true,
            [field, name] => !fixed && field.descending == name.descending,
            _ => false,
        }
    }

    /// The index that would serve the query alone, in words.
    fn missing(&self) -> String {
        let equal = self.equal.iter().map(|path| format!("{path} ASCENDING"));
        let contains = self.contains.iter().map(|path| format!("{path} CONTAINS"));
        let sort = self.sort.iter().map(|order| {
            let way = if order.descending {
                "DESCENDING"
            } else {
                "ASCENDING"
            };
            format!("{} {way}", order.path)
        });
        equal
            .chain(contains)
            .chain(sort)
            .collect::<Vec<_>>()
            .join(",")
    }
}

fn parent(database: &str, collection: &str) -> String {
    format!("{database}/collectionGroups/{collection}/indexes/")
}

/// Whether some index serves the query, or several that sort alike and fix
/// all of its equal fields together.
pub(super) fn check(store: &Firestore, database: &str, query: &Query) -> Result<(), ApiError> {
    let shape = query.shape();
    let bare = shape.equal.is_empty() && shape.contains.is_empty() && shape.sort.len() < 2;
    // Single fields are indexed by collection only.
    if bare || (!query.group && shape.is_automatic()) {
        return Ok(());
    }
    let parent = parent(database, &query.collection);
    let indexes = store
        .indexes
        .under(&parent)
        .filter(|(_, index)| index.group == query.group);
    let usable: Vec<_> = indexes
        .filter_map(|(_, index)| index.covers(&shape))
        .collect();
    let fixed: BTreeSet<&str> = usable.iter().flatten().copied().collect();
    let mut wanted = shape.equal.iter().chain(&shape.contains);
    if !usable.is_empty() && wanted.all(|path| fixed.contains(path.to_string().as_str())) {
        return Ok(());
    }
    let project = database.split('/').nth(1).unwrap_or_default();
    Err(ApiError::failed_precondition(format!(
        "The query requires an index. You can create it here: \
         https://console.firebase.google.com/v1/r/project/{project}/firestore/indexes?create_composite={}:{}",
        query.collection,
        shape.missing(),
    )))
}

impl Firestore {
    fn add_index(
        &mut self,
        database: &str,
        collection: &str,
        index: Index,
    ) -> Result<String, ApiError> {
        let parent = parent(database, collection);
        if self
            .indexes
            .under(&parent)
            .any(|(_, there)| *there == index)
        {
            return Err(ApiError::exists("index already exists"));
        }
        let number = self.indexes.under(&parent).count() + 1;
        let name = format!("{parent}{number:012}");
        self.indexes.insert(name.as_str(), index);
        Ok(name)
    }
}

impl Cloud {
    /// Declares a composite index on `collection` of `database`
    /// (`projects/p/databases/d`): its fields, each with whether it ascends.
    /// At least two, as Firestore indexes single fields itself; once is enough.
    ///
    /// # Errors
    /// What the API would answer to such an index.
    pub fn declare_index(
        &mut self,
        database: &str,
        collection: &str,
        fields: &[(&str, bool)],
    ) -> Result<(), ApiError> {
        let mode = |ascending| {
            if ascending {
                Mode::Ascending
            } else {
                Mode::Descending
            }
        };
        let fields = fields
            .iter()
            .map(|(path, ascending)| FieldPath::parse(path).map(|path| (path, mode(*ascending))));
        let index = Index::new(fields.collect::<Result<_, _>>()?, false)?;
        match self.firestore.add_index(database, collection, index) {
            Err(error) if error.code != "ALREADY_EXISTS" => Err(error),
            _ => Ok(()),
        }
    }
}

/// `POST …/collectionGroups/{c}/indexes`: an operation, done at once.
pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let database = database(call);
    cloud.firestore.database(&database)?;
    let index = Index::read(&call.body)?;
    let collection = call.path("collectionGroupsId");
    let name = cloud
        .firestore
        .add_index(&database, collection, index.clone())?;
    let mut response = index.json(&name);
    response["@type"] = "type.googleapis.com/google.firestore.admin.v1.Index".into();
    Ok(Answer::Json(json!({
        "name": format!("{database}/operations/index-{collection}-{}", &name[name.len() - 12..]),
        "metadata": {
            "@type": "type.googleapis.com/google.firestore.admin.v1.IndexOperationMetadata",
            "startTime": call.now,
            "endTime": call.now,
            "index": name,
            "state": "SUCCESSFUL",
        },
        "done": true,
        "response": response,
    })))
}

/// `GET …/collectionGroups/{c}/indexes`; `-` is every collection.
pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<Answer, ApiError> {
    let database = database(call);
    cloud.firestore.database(&database)?;
    let prefix = match call.path("collectionGroupsId") {
        "-" => format!("{database}/collectionGroups/"),
        collection => parent(&database, collection),
    };
    let found = cloud.firestore.indexes.under(&prefix);
    let shown: Vec<Value> = found.map(|(name, index)| index.json(name)).collect();
    Ok(Answer::Json(if shown.is_empty() {
        json!({})
    } else {
        json!({ "indexes": shown })
    }))
}
