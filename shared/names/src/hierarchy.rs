//! Names of what a project belongs to: its folder, its billing account, and its
//! product.

use crate::{
    DeploymentId, DeploymentName, ProjectId,
    name::{is_label, name},
};

name!(
    /// What contains a folder or a project: `folders/{number}` or
    /// `organizations/{number}`.
    ParentName,
    "parent",
    "folders/NUMBER or organizations/NUMBER",
    |t| t.split_once('/').is_some_and(|(kind, number)| {
        let longest = match kind {
            "folders" => 20,
            "organizations" => 16,
            _ => return false,
        };
        (1..=longest).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
);

name!(
    /// The name of a product: that of its folder, and the beginning of its projects'.
    ProductName,
    "product",
    "3 to 20 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 3, 20)
);

name!(
    /// The name of an environment of a product, such as `production`.
    EnvironmentName,
    "environment",
    "1 to 16 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 16)
);

impl DeploymentId {
    /// The deployment that a product is: one of this name in this parent.
    ///
    /// # Panics
    /// Never: a parent's kind and number make as long a label as a project.
    #[must_use]
    pub fn of_product(parent: &ParentName, product: &ProductName) -> Self {
        let parent: ProjectId = parent.as_str().replace('/', "-").parse().expect("a label");
        let name: DeploymentName = product.as_str().parse().expect("a label");
        Self::new(&parent, &name)
    }
}

name!(
    /// A folder of Resource Manager, `folders/{number}`.
    FolderName,
    "folder",
    "folders/NUMBER",
    |t| t.strip_prefix("folders/").is_some_and(|number| {
        (1..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
    })
);

name!(
    /// A billing account, `billingAccounts/{id}`.
    BillingAccountName,
    "billing account",
    "such as billingAccounts/012345-6789AB-CDEF01: three times six hexadecimal digits",
    |t| t.strip_prefix("billingAccounts/").is_some_and(|id| {
        let digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        let part = |part: &str| part.len() == 6 && part.bytes().all(digit);
        id.split('-').count() == 3 && id.split('-').all(part)
    })
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unchanged_by_parsing_and_printing() {
        let folder: FolderName = "folders/123".parse().expect("valid");
        assert_eq!(folder.to_string(), "folders/123");
        let text = "billingAccounts/012345-6789AB-CDEF01";
        let account: BillingAccountName = text.parse().expect("valid");
        assert_eq!(account.to_string(), text);
        for (parent, id) in [
            ("folders/1", "folders-1_shop"),
            (
                "organizations/1234567890123456",
                "organizations-1234567890123456_shop",
            ),
        ] {
            let parent: ParentName = parent.parse().expect("valid");
            let product = "shop".parse().expect("valid");
            assert_eq!(DeploymentId::of_product(&parent, &product).as_str(), id);
        }
        for wrong in [
            "",
            "projects/1",
            "folders/",
            "organizations/12345678901234567",
        ] {
            assert!(wrong.parse::<ParentName>().is_err(), "{wrong:?} parsed");
        }
        for wrong in ["", "123", "folders/", "folders/a", "billingAccounts/012345"] {
            assert!(wrong.parse::<FolderName>().is_err(), "{wrong:?} parsed");
            let account = wrong.parse::<BillingAccountName>();
            assert!(account.is_err(), "{wrong:?} parsed");
        }
    }
}
