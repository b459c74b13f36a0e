//! The ids of what Google names by a number: a folder and a budget are found by
//! what they are called.

use gcp::{ApiPath, Collection, ResourceName, methods::resourcemanager};
use names::{BillingAccountName, InvalidName, ParentName};
use std::{fmt, str::FromStr};

/// A folder in the resource hierarchy, by its display name, which is unique in its
/// parent. As text `{parent}/{display name}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderId {
    /// What contains it.
    pub parent: ParentName,
    /// What it is called there.
    pub display_name: String,
}

/// A budget, by its display name. As text `{billing account}/{display name}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BudgetId {
    /// The account whose costs it is compared with.
    pub account: BillingAccountName,
    /// What it is called.
    pub display_name: String,
}

macro_rules! in_parent {
    ($Id:ident, $parent:ident, $form:literal) => {
        impl fmt::Display for $Id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}/{}", self.$parent, self.display_name)
            }
        }

        impl FromStr for $Id {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let parts = text.match_indices('/').nth(1);
                let parts = parts.map(|(at, _)| (&text[..at], &text[at + 1..]));
                let parts = parts.filter(|(_, name)| !name.is_empty());
                let malformed = || InvalidName::new("resource", text, $form);
                let (parent, name) = parts.ok_or_else(malformed)?;
                Ok(Self {
                    $parent: parent.parse()?,
                    display_name: name.to_owned(),
                })
            }
        }

        /// That of its parent: its own has a number, which Google chooses.
        impl ApiPath for $Id {
            fn path(&self) -> String {
                self.$parent.to_string()
            }
        }
    };
}

in_parent!(
    FolderId,
    parent,
    "folders/NUMBER/NAME or organizations/NUMBER/NAME"
);
in_parent!(BudgetId, account, "billingAccounts/ID/NAME");

impl ResourceName for FolderId {
    type Resource = resourcemanager::Folder;
    type Listed = resourcemanager::Folder;
    const COLLECTION: &'static Collection = &resourcemanager::FOLDERS;
}
