/**
 * libfabric through the foreign function and memory API of Java 22, without a line of C. Three layers: objects that own what
 * they opened and turn codes into meaning ({@code Ffm…}); raw calls, one method per C function or slot of an operations table,
 * longs in and out; layouts and constants of the headers.
 *
 * <p>Pointers are {@code long}s here. Only what libfabric exports is looked up by name (everything else in its headers is
 * inline): the rest is reached through the operations tables of its objects, whose function pointers are read once.
 *
 * <p>Works with libfabric 1.14 to 2.x: structures only ever grew at their ends, so attributes are allocated longer than they
 * are known here, and zeroed, and the size of an operations table is checked before a slot of it is used.
 *
 * <p>No call is made with {@code Linker.Option.critical}: it would keep the whole JVM from reaching a safepoint while a
 * provider takes locks, copies packets or waits, to save a few nanoseconds.
 *
 * <p>Threading: as the interfaces of {@code io.sparkefa.fabric} say. May import that package and the JDK; nobody imports this
 * one: {@code FabricSupport} finds {@link io.sparkefa.fabric.ffm.FfmLoader} by name.
 */
@NullMarked
package io.sparkefa.fabric.ffm;

import org.jspecify.annotations.NullMarked;
