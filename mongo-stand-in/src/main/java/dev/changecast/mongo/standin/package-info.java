/**
 * A stand-in for a MongoDB replica set, for tests: no package ships a real server. It is made from mongo-java-server,
 * which keeps the documents; oplog, change streams, snapshots, transactions and the faults of all these are imitated here,
 * from what MongoDB's manuals say. Where {@code MONGODB_URI} names a real replica set the tests of the source run over
 * that.
 */
@NullMarked
package dev.changecast.mongo.standin;

import org.jspecify.annotations.NullMarked;
