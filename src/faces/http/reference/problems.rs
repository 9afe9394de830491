//! The pages of problems.

use maud::{Markup, html};

use super::page::scrolled;
use crate::http::problem::{ALL, Kind, PLACE};

/// Every kind, by status.
pub(super) fn list() -> Markup {
    html! {
        div.prose {
            h1 { "Problems" }
            p {
                "A request that has no answer is told why as " code { "application/problem+json" } " (RFC 9457). Its "
                code { "type" } " is the address of one of these pages, its " code { "detail" }
                " says what is wrong with this request."
            }
            (scrolled(&html! {
                table {
                    thead { tr { th scope="col" { "Status" } th scope="col" { "Type" } th scope="col" { "It is" } } }
                    tbody {
                        @for kind in ALL {
                            tr {
                                td { (kind.status.as_str()) }
                                td { a href=(kind.address()) { (kind.name) } }
                                td { (kind.title) }
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// One kind.
pub(super) fn one(kind: &Kind) -> Markup {
    html! {
        nav.breadcrumbs aria-label="Where this is" { ol { li { a href=(PLACE) { "Problems" } } li { (kind.name) } } }
        div.prose {
            h1 { (kind.title) }
            p { "Status " (kind.status.as_str()) ", type " code { (kind.address()) } "." }
            h2 { "What it means" }
            p { (kind.means) }
            h2 { "What to do" }
            p { (kind.remedy) }
        }
    }
}
