/** Whether applications that run and fail for a long time use more and more of anything. */
package io.sparkefa.it.soak;
