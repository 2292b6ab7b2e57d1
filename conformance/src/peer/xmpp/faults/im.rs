//! Faults about presence, subscriptions and rosters (RFC 6121).

faults! {
    // Presence.
    "loses-directed-presence" ["RFC6121-8.5.3.1-4", "RFC6121-8.5.2.1.2-1", "RFC6121-4.6.3-2", "RFC6121-4.6.3-4"]
        "Delivers no presence that is for somebody in particular.";
    "presence-to-one-contact-resource" ["RFC6121-4.4.3-1", "RFC6121-4.5.3-1"]
        "Broadcasts presence to one resource of each contact alone.";
    "keeps-directed-list" ["RFC6121-4.6.1-4"]
        "Tells whom a client has told in person twice that it is gone.";
    "answers-probes" ["RFC6121-8.5.1-5"]
        "Answers a probe for an account that is not there with an error.";
    "takes-any-presence-type" ["RFC6121-4.7.1-4"]
        "Says nothing to presence of an unknown type.";
    "stores-presence" ["RFC6121-8.5.2.2.2-1"]
        "Keeps presence for an account without resources.";
    "directed-presence-to-one-resource" ["RFC6121-8.5.2.1.2-1"]
        "Delivers presence for an account to one resource alone.";
    "rewrites-to-of-presence" ["RFC6121-8.5.2.1.2-4"]
        "Puts the full JID into presence for an account.";
    "answers-presence-to-nobody" ["RFC6121-8.5.1-3"]
        "Answers presence for an account that is not there.";
    "answers-presence-without-match" ["RFC6121-8.5.3.2.2-1"]
        "Answers presence for a resource that is not there.";
    "forgets-directed-presence" ["RFC6121-4.6.3-3", "RFC6121-4.6.3-4"]
        "Tells nobody of unavailability who got presence in person.";
    "loses-initial-presence" ["RFC6121-4.2.2-1"]
        "Tells the contacts nothing of a new resource.";
    "loses-presence-updates" ["RFC6121-4.4.2-1"]
        "Tells the contacts nothing of changed presence.";
    "loses-unavailable-presence" ["RFC6121-4.5.2-2"]
        "Tells the contacts nothing of a resource that becomes unavailable.";
    "no-presence-to-own-resources" ["RFC6121-4.2.2-2", "RFC6121-4.4.2-2"]
        "Tells the user's other resources nothing of presence.";
    "no-unavailable-to-own-resources" ["RFC6121-4.5.2-5"]
        "Tells the user's other resources nothing of unavailability.";
    "no-echo-of-presence" ["RFC6121-4.2.2-2", "RFC6121-4.4.2-2", "RFC6121-4.5.2-5"]
        "Shows a resource nothing of its own presence.";
    "strips-presence" ["RFC6121-4.4.2-1", "RFC6120-10.3.2-1"]
        "Broadcasts presence without what is in it.";
    "strips-unavailable-presence" ["RFC6121-4.5.2-4"]
        "Broadcasts unavailability without what is in it.";
    "says-nothing-of-lost-clients" ["RFC6121-4.5.2-6"]
        "Tells nobody that a connection is gone.";
    "leaks-presence" ["RFC6121-11-2", "RFC6121-4.6.3-3"]
        "Broadcasts presence to everybody.";
    "no-presence-of-contacts" ["RFC6121-4.3.2-9"]
        "Tells a new resource nothing of the contacts.";
    // Subscriptions.
    "approves-requests" ["RFC6121-3.1.3-5"]
        "Approves every subscription request with an id by itself.";
    "lists-requesters" ["RFC6121-3.1.3-14"]
        "Puts who asks for a subscription into the roster.";
    "forgets-kept-requests" ["RFC6121-3.1.3-12", "RFC6121-3.1.3-11"]
        "Delivers a subscription request once or never.";
    "repeats-kept-requests" ["RFC6121-3.1.3-13"]
        "Delivers a subscription request twice to a new resource.";
    "no-push-on-approval" ["RFC6121-3.1.5-2"]
        "Pushes nothing to who approves a request.";
    "shows-nothing-on-approval" ["RFC6121-3.1.5-3"]
        "Shows a new subscriber no presence.";
    "shows-nothing-on-cancellation" ["RFC6121-3.2.2-5"]
        "Does not show a subscriber that presence ends.";
    "subscription-from-full-jid" ["RFC6120-8.1.2.1-1"]
        "Sends what is about subscriptions on from the full JID.";
    "loses-subscribe" ["RFC6121-A.2.1-p1", "RFC6121-A.3.1-p1"]
        "Sends no subscription request on that has an id.";
    "loses-unsubscribe" ["RFC6121-A.2.2-p1", "RFC6121-A.3.2-1"]
        "Sends no unsubscribing on that has an id.";
    "loses-subscribed" ["RFC6121-A.2.3-p1", "RFC6121-A.3.3-2"]
        "Sends no approval on that has an id.";
    "loses-unsubscribed" ["RFC6121-A.2.4-p1", "RFC6121-A.3.4-1"]
        "Sends no cancellation on that has an id.";
    "delivers-any-subscribe" ["RFC6121-A.3.1-p2"]
        "Delivers a request of who is subscribed or has asked already.";
    "delivers-any-unsubscribe" ["RFC6121-A.3.2-2"]
        "Delivers the unsubscribing of who is not subscribed.";
    "delivers-any-subscribed" ["RFC6121-A.2.3-p2"]
        "Sends on an approval that nobody asked for.";
    "delivers-any-unsubscribed" ["RFC6121-A.2.4-p2"]
        "Sends on a cancellation of what is not there.";
    "keeps-user-state-on-subscribe" ["RFC6121-A.2.1-p1"]
        "Forgets that a subscription was asked for with an id.";
    "keeps-user-state-on-unsubscribe" ["RFC6121-A.2.2-p1"]
        "Keeps a subscription that the user gives up with an id.";
    "keeps-user-state-on-subscribed" ["RFC6121-A.2.3-p1"]
        "Forgets what the user has approved with an id.";
    "keeps-user-state-on-unsubscribed" ["RFC6121-A.2.4-p1"]
        "Keeps a subscription that the user has cancelled with an id.";
    "keeps-contact-state-on-unsubscribe" ["RFC6121-A.3.2-1"]
        "Keeps a subscriber who has unsubscribed with an id.";
    "keeps-contact-state-on-subscribed" ["RFC6121-A.3.3-2"]
        "Forgets that a subscription was granted with an id.";
    "keeps-contact-state-on-unsubscribed" ["RFC6121-A.3.4-1"]
        "Keeps a subscription that the other has cancelled with an id.";
    "subscribe-to-one-resource" ["RFC6121-3.1.3-6"]
        "Delivers a subscription request to the newest available resource alone.";
    "subscribe-skips-negative-priority" ["RFC6121-3.1.3-6"]
        "Delivers a subscription request to no resource of negative priority.";
    "subscribe-to-unavailable" ["RFC6121-3.1.3-6"]
        "Delivers a subscription request to resources that are not available, too.";
    "subscribe-from-full-jid" ["RFC6121-3.1.2-7"]
        "Sends a subscription request on from the full JID.";
    "subscribes-to-full-jids" ["RFC6121-3.1.2-3"]
        "Sends a subscription request on to the full JID.";
    "lists-malformed-contacts" ["RFC6121-3.1.2-2"]
        "Puts into the roster what is no JID.";
    "cancels-from-full-jid" ["RFC6121-3.2.2-1"]
        "Sends the cancellation of a subscription on from the full JID.";
    "no-push-on-cancellation" ["RFC6121-3.2.2-1"]
        "Pushes nothing to who cancels a subscription.";
    "set-forgets-requests" ["RFC6121-3.1.1-4"]
        "Forgets a subscription request when the item is set.";
    "requests-forget-names" ["RFC6121-3.1.1-4"]
        "Forgets the name of an item when a subscription is asked for.";
    "answers-subscriptions-without-match" ["RFC6121-8.5.3.2.2-3"]
        "Answers what is about subscriptions and for a resource that is not there.";
    "no-push-on-subscribe" ["RFC6121-3.1.2-9"]
        "Tells the user's resources nothing of a subscription request.";
    "wrong-state-on-subscribe" ["RFC6121-A.2.1-p1"]
        "Tells the user's resources that a subscription is there once it is asked for.";
    // Rosters.
    "lets-anybody-at-rosters" ["RFC6121-2-2", "RFC6121-2.3.3-2"]
        "Lets anybody read and change anybody's roster.";
    "foreign-roster-other-condition" ["RFC6121-2.3.3-2"]
        "Says item-not-found of somebody else's roster.";
    "silent-on-foreign-rosters" ["RFC6121-2.2-4"]
        "Says nothing to who asks for the roster of somebody else.";
    "silent-on-bad-roster-sets" ["RFC6121-2.3.3-1"]
        "Says nothing to a roster set that is wrong.";
    "items-without-jid" ["RFC6121-2.1.2.3-1"]
        "Leaves the JID out of the items of a roster.";
    "versions-undeclared" ["RFC6121-2.6.1-1"]
        "Has versions of rosters and does not offer them.";
    "versions-of-clients" ["RFC6121-2.1.1-1"]
        "Takes a version that a client has made up for that of the roster.";
    "refuses-versions" ["RFC6121-2.6.3-1"]
        "Answers a request with a version with an error.";
    "no-interim-pushes" ["RFC6121-2.6.3-3"]
        "Does not push what has changed since the version of a client.";
    "pushes-without-version" ["RFC6121-2.6.3-6"]
        "Pushes changes of the roster without its version.";
    "repeats-versions" ["RFC6121-2.6.3-7"]
        "Gives every version of a roster the same name.";
    "takes-several-roster-items" ["RFC6121-2.3.3-3"]
        "Takes the first of several items in a roster set.";
    "takes-duplicate-groups" ["RFC6121-2.3.3-3"]
        "Takes an item that is in one group twice.";
    "takes-empty-groups" ["RFC6121-2.3.3-4"]
        "Takes an item in a group without a name.";
    "no-roster-result" ["RFC6121-2.3.2-2"]
        "Does not answer roster sets.";
    "no-roster-pushes" ["RFC6121-2.3.2-3", "RFC6121-2.4.2-1"]
        "Pushes no change of the roster that a client makes.";
    "roster-without-query" ["RFC6121-2.1.4-1"]
        "Answers a request for the roster with nothing in it.";
    "merges-groups" ["RFC6121-2.4.1-1"]
        "Adds the groups of a changed item to what it had.";
    "forgets-names" ["RFC6121-2-1", "RFC6121-2.3.2-1"]
        "Forgets the names of items.";
    "believes-subscription-in-sets" ["RFC6121-2.1.5-2"]
        "Takes `subscription` in a roster set for true.";
    "pushes-to-one-resource" ["RFC6121-2.3.2-3", "RFC6121-2.4.2-1"]
        "Pushes a change of the roster to who made it alone.";
    "pushes-two-items" ["RFC6121-2.1.6-1"]
        "Pushes an item twice in one push.";
    "pushes-without-id" ["RFC6120-8.2.3-1"]
        "Pushes changes of the roster without an id.";
    "pushes-without-type" ["RFC6120-8.2.3-2"]
        "Pushes changes of the roster without a type.";
    "pushes-two-queries" ["RFC6120-8.2.3-7"]
        "Pushes a change of the roster twice in one IQ.";
    "pushes-from-elsewhere" ["RFC6120-8.1.2.1-3"]
        "Pushes changes in the name of somebody else.";
    "removes-what-is-not-there" ["RFC6121-2.5.3-1"]
        "Says that it has removed an item that never was.";
    "no-push-on-removal" ["RFC6121-2.5.2-1"]
        "Pushes nothing when an item is removed.";
    "removal-keeps-subscriptions" ["RFC6121-2.5.2-2", "RFC6121-2.5.2-3", "RFC6121-2.5.2-4"]
        "Removes an item and tells the contact nothing.";
}
