//! Resources and lists as their API shows them.

use super::{
    dialect::{
        Dialect,
        compute::{self, absolute_url, make_links_absolute},
        standard, storage,
    },
    kind::{IdSource, Kind},
    page::Page,
    row::Row,
};
use crate::{Call, Cloud};
use serde_json::Value;

impl Kind {
    /// The resource as its API shows it.
    pub(crate) fn to_json(
        &'static self,
        cloud: &Cloud,
        name: &str,
        row: &Row,
        origin: &str,
    ) -> Value {
        let facts = self.facts();
        let fields = &facts.schema.properties;
        let mut json = row.body.clone();
        match facts.dialect {
            Dialect::Standard => {
                let short = matches!(self.id, IdSource::Body("name"));
                standard::complete(fields, (!short).then_some(name), row, &mut json);
            }
            Dialect::Compute => compute::complete(fields, &singular(self), name, row, &mut json),
            Dialect::Storage => {
                storage::complete(self.plural(), &singular(self), name, row, origin, &mut json);
            }
        }
        (self.hooks.render)(cloud, name, row, &mut json);
        if facts.dialect == Dialect::Compute {
            make_links_absolute(&mut json, origin);
        }
        json
    }

    /// A list as its API shows it. `response` is the name of its schema.
    pub(super) fn list_json(
        &'static self,
        call: &Call,
        collection: &str,
        response: &str,
        page: Page,
    ) -> Value {
        let facts = self.facts();
        match facts.dialect {
            Dialect::Standard => {
                let schema = facts.document.schema(response);
                standard::list(schema, facts.schema_name, page)
            }
            Dialect::Compute => {
                let kind = format!("compute#{}List", singular(self));
                compute::list_json(
                    page,
                    &kind,
                    &absolute_url(&call.origin, collection),
                    collection,
                )
            }
            Dialect::Storage => storage::list(&singular(self), page),
        }
    }
}

/// The name of a resource's schema, as in `kind` (`compute#network`).
fn singular(kind: &'static Kind) -> String {
    let name = kind.facts().schema_name;
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_ascii_lowercase())
}
