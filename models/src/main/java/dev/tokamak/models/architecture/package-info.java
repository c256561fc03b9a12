/// Descriptions of networks assembled from shared blocks. Read by the forward pass; a family is a short file here.
package dev.tokamak.models.architecture;
